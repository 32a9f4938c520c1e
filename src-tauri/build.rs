//! Tells Tauri where the capabilities and the hand-written permissions lie.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Tauri embeds this folder and does not compile without it; `./run` and `./test` fill it first.
    std::fs::create_dir_all("ui/dist")?;
    print_rerun_paths();
    tauri_build::try_build(
        tauri_build::Attributes::new()
            .capabilities_path_pattern("./src-tauri/capabilities/**/*")
            .app_manifest(
                tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*"),
            ),
    )?;
    Ok(())
}

fn print_rerun_paths() {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    println!("cargo:rerun-if-changed=ui/dist");
}
