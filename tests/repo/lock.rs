//! The UI's lock file, which has to serve every machine.
//!
//! A lock file made while a registry had only some systems' packages installs on the machine that
//! made it, and `npm ci` refuses it wherever the others are to be had.

use crate::tracked;
use serde_json::Value;

#[test]
fn the_lock_file_names_the_packages_of_every_system() {
    let lock: Value = serde_json::from_str(&tracked::read("ui/package-lock.json")).unwrap();
    let packages = lock["packages"].as_object().unwrap();
    let mut missing = Vec::new();
    let mut optional = 0;
    for (path, package) in packages {
        for wanted in package["optionalDependencies"]
            .as_object()
            .into_iter()
            .flat_map(|of| of.keys())
        {
            optional += 1;
            let top = format!("node_modules/{wanted}");
            let nested = format!("{path}/node_modules/{wanted}");
            if !packages.contains_key(&top) && !packages.contains_key(&nested) {
                missing.push(format!("{wanted}, which {path} may want"));
            }
        }
    }
    assert!(optional > 0, "no package of the UI has one for each system");
    tracked::none("the lock file must name each system's packages", &missing);
}

#[test]
fn the_lock_file_names_no_registry_and_a_hash_for_each_package() {
    let lock: Value = serde_json::from_str(&tracked::read("ui/package-lock.json")).unwrap();
    let findings: Vec<String> = lock["packages"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, package)| {
            !path.is_empty() && (package["integrity"].is_null() || !package["resolved"].is_null())
        })
        .map(|(path, _)| path.clone())
        .collect();
    tracked::none("a package with a hash and without an address", &findings);
}
