//! A Tauri window with an empty page: what the system's web view costs by itself.

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!())
}
