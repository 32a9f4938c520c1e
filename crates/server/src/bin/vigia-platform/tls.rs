//! `tls show` and `tls renew`: the certificate that the platform made for itself.

use crate::args::Tls;
use crate::output;
use crate::run::{Answer, Failure};
use crate::setup::Setup;
use vigia_domain::Clock as _;
use vigia_server::Error;
use vigia_server::edge::SystemClock;
use vigia_server::tls::{BadCertificate, own};
use vigia_wire::certificate::Certificate;

/// Runs one of them.
///
/// # Errors
/// Where there is no certificate, or none can be made.
pub fn run(setup: &Setup, command: Tls) -> Result<Answer, Failure> {
    match command {
        Tls::Show { pem, json, .. } => {
            let (certificate, text) = own::look(setup.folder())?;
            if pem {
                output::line(text.trim_end()).map_err(Failure::Output)?;
            } else {
                print(&certificate, json)?;
            }
            Ok(Answer::Yes)
        }
        Tls::Renew { tls_names, json, .. } => {
            let names = match tls_names.is_empty() {
                true => own::look(setup.folder())?.0.names,
                false => tls_names,
            };
            setup.may_make_certificate(&names)?;
            make(setup, &names, json)?;
            Ok(Answer::Yes)
        }
    }
}

/// Makes a certificate and prints it.
///
/// # Errors
/// Where the file cannot be written.
pub fn make(setup: &Setup, names: &[String], json: bool) -> Result<(), Failure> {
    let keys = own::path(setup.folder());
    if !keys.parent().is_some_and(std::path::Path::is_dir) {
        return Err(BadCertificate::None(keys).into());
    }
    print(&own::make(setup.folder(), names, SystemClock.now())?, json)
}

fn print(certificate: &Certificate, json: bool) -> Result<(), Failure> {
    let text = if json {
        serde_json::to_string(certificate).map_err(|source| Error::Encoding {
            what: "the certificate",
            source,
        })?
    } else {
        format!(
            "certificate {}\nnames {}\nfrom {}\nuntil {}",
            certificate.fingerprint,
            certificate.names.join(", "),
            certificate.not_before.to_rfc3339(),
            certificate.not_after.to_rfc3339()
        )
    };
    output::line(&text).map_err(Failure::Output)
}
