//! What a configuration must refuse, and how it is shown.

use super::setting::Setting;
use super::*;
use std::path::Path;

fn with_file(text: &str) -> Result<Effective, Refused> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    std::fs::write(&path, text).unwrap();
    load(&Inputs {
        data: Some(folder.path()),
        ..Inputs::default()
    })
}

fn refusals(text: &str) -> Vec<String> {
    let refused = with_file(text).unwrap_err();
    let after_folder = |wrong: &Wrong| {
        let text = wrong.to_string();
        text.split_once(FILE_NAME)
            .map_or(text.clone(), |(_, rest)| rest.to_owned())
    };
    refused.0.iter().map(after_folder).collect()
}

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn without_anything_every_setting_has_its_default() {
    let effective = load(&Inputs::default()).unwrap();
    assert_eq!(effective.config, Config::default());
    assert_eq!(effective.source("listen"), &Source::Default);
}

#[test]
fn the_environment_goes_over_the_file_and_an_option_over_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    std::fs::write(
        &path,
        "listen = '127.0.0.1:1'\n[log]\nformat = 'text'\nlevel = 'debug'\n",
    )
    .unwrap();
    let effective = load(&Inputs {
        data: None,
        file: Some(&path),
        environment: variables(&[("VIGIA_LISTEN", "127.0.0.1:2"), ("VIGIA_LOG_LEVEL", "warn")]),
        flags: vec![Flag {
            key: "listen".to_owned(),
            option: "--listen".to_owned(),
            value: "127.0.0.1:3".to_owned(),
        }],
    })
    .unwrap();
    assert_eq!(effective.config.listen, "127.0.0.1:3".parse().unwrap());
    assert_eq!(effective.source("listen"), &Source::Flag("--listen".to_owned()));
    assert_eq!(effective.config.log.level.as_deref(), Some("warn"));
    assert_eq!(effective.config.log.format, LogFormat::Text);
    assert_eq!(effective.source("log.format"), &Source::File(path, 3));
}

#[test]
fn every_refusal_says_file_line_key_and_what_to_do_and_all_come_at_once() {
    let wrong = refusals(
        "listen = 7700\nlisten_on = 'x'\n[http]\nhosts = 'a'\nmax_connections = 0\n[tsl]\nkey = 'a'\n\
         [proxy]\ntrusted = ['10.0.0.0/8', 'everybody']\nheader = 'via'\n[log]\nlevel = 'loud=='\n",
    );
    let expected = [
        ", line 1: listen: is a number; write a text, in quotes",
        ", line 2: listen_on: there is no such setting; did you mean listen?",
        ", line 4: http.hosts: is a text; write a list, like [\"…\"]",
        ", line 5: http.max_connections: 0 is not a whole number from 1 to 1000000",
        ", line 9: proxy.trusted: \"everybody\": is neither an address nor a network like 10.0.0.0/8",
        ", line 10: proxy.header: \"via\" is none of \"x-forwarded-for\", \"forwarded\"",
    ];
    for one in expected {
        assert!(wrong.iter().any(|wrong| wrong == one), "{one}\n{wrong:#?}");
    }
    assert!(
        wrong
            .iter()
            .any(|wrong| wrong.contains("tsl: there is no such section; did you mean [tls]?"))
    );
    assert!(wrong.iter().any(|wrong| wrong.contains(", line 12: log.level: ")));
    assert_eq!(wrong.len(), 8, "{wrong:#?}");
}

#[test]
fn what_is_not_toml_is_refused_with_its_line() {
    let wrong = refusals("[tls]\ncertificate = \n");
    assert!(wrong[0].starts_with(", line 2: this is not TOML"), "{wrong:?}");
}

#[test]
fn a_file_that_is_named_must_be_there_and_one_that_is_not_named_need_not() {
    let missing = Path::new("/nonexistent/vigia.toml");
    let inputs = Inputs {
        file: Some(missing),
        ..Inputs::default()
    };
    assert!(
        load(&inputs)
            .unwrap_err()
            .to_string()
            .contains("/nonexistent/vigia.toml")
    );
    let inputs = Inputs {
        data: Some(Path::new("/nonexistent")),
        ..Inputs::default()
    };
    assert!(load(&inputs).is_ok());
}

#[test]
fn a_misspelt_variable_is_refused_and_a_stranger_is_not() {
    let load = |name: &str| {
        load(&Inputs {
            environment: variables(&[(name, "x")]),
            ..Inputs::default()
        })
    };
    for wrong in [
        "VIGIA_LISTN",
        "VIGIA_TLS_CERT",
        "VIGIA_HTTP_HOST",
        "VIGIA_DATABSE",
        "VIGIA_BOGUS",
    ] {
        let refused = load(wrong).unwrap_err().to_string();
        assert!(
            refused.contains(wrong) && refused.contains("did you mean VIGIA_"),
            "{refused}"
        );
    }
    for strange in [
        "VIGIA_HOME",
        "VIGIA_SHARED",
        "VIGIA_TEST_DATABASE",
        "VIGIA_LOG",
        "VIGIA_PORT_7700_TCP",
        "VIGIA_SERVICE_HOST",
        "HOME",
    ] {
        assert!(load(strange).is_ok(), "{strange}");
    }
}

#[test]
fn a_certificate_needs_its_key() {
    let wrong = refusals("[tls]\ncertificate = 'server.pem'\n");
    assert_eq!(wrong, [", line 2: tls.certificate: needs tls.key beside it"]);
    let wrong = refusals("[tls]\nkey = 'server.key'\n");
    assert_eq!(wrong, [", line 2: tls.key: needs tls.certificate beside it"]);
}

#[test]
fn plain_syslog_is_for_this_machine_alone() {
    for near in ["127.0.0.1:6514", "[::1]:6514"] {
        assert!(
            with_file(&format!("[syslog]\nlisten = '{near}'\n")).is_ok(),
            "{near}"
        );
    }
    let wrong = refusals("[syslog]\nlisten = '0.0.0.0:514'\n");
    assert!(
        wrong[0].starts_with(", line 2: syslog.listen: 0.0.0.0:514 is reached from other machines"),
        "{wrong:?}"
    );
}

#[test]
fn paths_in_the_file_begin_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    std::fs::write(&path, "[tls]\ncertificate = 'a.pem'\nkey = '/b.pem'\n").unwrap();
    let inputs = Inputs {
        data: Some(folder.path()),
        ..Inputs::default()
    };
    let tls = load(&inputs).unwrap().config.tls;
    assert_eq!(tls.certificate, Some(folder.path().join("a.pem")));
    assert_eq!(tls.key, Some("/b.pem".into()));
}

#[test]
fn secrets_are_never_shown_and_the_database_is_given_once() {
    let folder = tempfile::tempdir().unwrap();
    let (url, key) = (folder.path().join("url"), folder.path().join("master"));
    std::fs::write(&url, "postgres://vigia:hunter2@db/vigia\n").unwrap();
    std::fs::write(&key, "4b".repeat(32)).unwrap();
    let environment = variables(&[("VIGIA_DATABASE", "postgres://vigia:hunter3@db/vigia")]);
    let told = |environment, text: String| {
        let path = folder.path().join("own.toml");
        std::fs::write(&path, text).unwrap();
        let effective = load(&Inputs {
            file: Some(&path),
            environment,
            ..Inputs::default()
        });
        effective.map(|effective| format!("{}{effective:?}", effective.print()))
    };
    let files = format!("database_file = {url:?}\nmaster_key_file = {key:?}\n");
    let from_files = told(BTreeMap::new(), files.clone()).unwrap();
    assert!(from_files.contains("database_file = "), "{from_files}");
    let from_variable = told(environment, files).unwrap();
    assert!(from_variable.contains("database = \"********\"  # environment variable VIGIA_DATABASE"));
    for text in [from_files, from_variable] {
        assert!(
            !text.contains("hunter") && !text.contains("4b4b") && !text.contains("75, 75"),
            "{text}"
        );
    }
    let twice = format!("database = 'postgres://db/vigia'\ndatabase_file = {url:?}\n");
    let refused = told(BTreeMap::new(), twice).unwrap_err().to_string();
    assert!(
        refused.contains("line 2: database_file: the database is given twice"),
        "{refused}"
    );
}

#[test]
fn what_is_printed_reads_as_the_same_configuration() {
    let text = "listen = '[::1]:7701'\n[http]\nhosts = ['vigia.example']\nmax_connections = 5\n[tls]\n\
                certificate = '/a.pem'\nkey = '/b.pem'\n[proxy]\ntrusted = ['10.1.2.3', '10.0.0.0/8']\n\
                header = 'forwarded'\n[log]\nlevel = 'debug'\nformat = 'text'\n[formats.door]\ntime = 'b'\n[formats.door.kind_map]\nx = 'a.b'\n[syslog]\nlisten = '127.0.0.1:6514'\nzone = 'America/Sao_Paulo'\nallow = ['10.0.0.0/8']\n";
    let once = with_file(text).unwrap();
    let again = with_file(&once.print()).unwrap();
    assert_eq!(once.config, again.config);
    assert!(once.print().contains("listen = \"[::1]:7701\"  # "));
}

#[test]
fn a_format_that_cannot_work_is_refused_by_its_line_and_key() {
    for (text, said) in [
        (
            "[formats.door]\ntiem = 'a'\n",
            "line 2: formats.door.tiem: there is no such key; did you mean time?",
        ),
        (
            "[formats.door]\ntime = 'a..b'\n",
            "line 1: formats.door.time: \"a..b\" is no path",
        ),
        (
            "[formats.sshd]\ntime = 'a'\n",
            "line 1: formats.sshd: sshd is one of the platform's own formats",
        ),
        (
            "[formats.door.kind_map]\nx = 'platform.started'\n",
            "formats.door.kind_map.x: \"platform.started\" is no kind",
        ),
        ("[formats.door]\ntime = 5\n", "line 2: formats.door: "),
    ] {
        let refused = with_file(text).unwrap_err().to_string();
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn no_two_settings_share_a_name_and_sections_lie_together() {
    let keys: Vec<&str> = setting::ALL.iter().map(|setting| setting.key).collect();
    let mut sections: Vec<&str> = keys
        .iter()
        .map(|key| key.split_once('.').map_or("", |(section, _)| section))
        .collect();
    sections.dedup();
    let count = sections.len();
    sections.sort_unstable();
    sections.dedup();
    assert_eq!(sections.len(), count, "a section is torn apart");
    assert!(
        keys.iter()
            .all(|key| Setting::named(key).is_some_and(|found| found.key == *key))
    );
    assert!(
        setting::ALL
            .iter()
            .all(|setting| !setting.about.is_empty() && !setting.takes.is_empty())
    );
}

#[test]
fn a_word_that_is_no_level_is_refused() {
    let load = |level: &str| {
        load(&Inputs {
            environment: variables(&[("VIGIA_LOG_LEVEL", level)]),
            ..Inputs::default()
        })
    };
    for wrong in ["bogus", "vigia_server=loud", "info,bogus"] {
        let refused = load(wrong).unwrap_err().to_string();
        assert!(refused.contains("is no level"), "{refused}");
    }
    for level in ["info", "OFF", "vigia_server=debug", "warn,vigia_store=trace"] {
        assert!(load(level).is_ok(), "{level}");
    }
}

#[cfg(unix)]
#[test]
fn a_configuration_is_a_regular_file() {
    for path in ["/dev/zero", "/tmp"] {
        let inputs = Inputs {
            file: Some(Path::new(path)),
            ..Inputs::default()
        };
        let refused = load(&inputs).unwrap_err().to_string();
        assert!(refused.contains("a configuration is a regular file"), "{refused}");
    }
}
