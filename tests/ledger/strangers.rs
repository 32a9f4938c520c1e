//! Bytes from strangers: readers say no, they never panic; and where the verifier's own reader says
//! yes, it says what the domain's does.

use super::log::{Log, signer, subject};
use proptest::prelude::*;
use vigia_domain::entry::{Entry, Holder};
use vigia_ledger::bucket::{Keyring, MasterKey};
use vigia_ledger::checkpoint::{Checkpoint, LogVerifier, open};
use vigia_ledger::seal::{SubjectKey, open_group};
use vigia_ledger::verify::{self, Auditor, Body, Finding, GroupState, Row, read_entry};

#[test]
fn the_verifier_reads_of_an_entry_what_the_domain_wrote() {
    let mut log = Log::of(2, 1);
    let both = Holder::Subjects(vec![subject(1), subject(2)]);
    log.append(1, vec![both, Holder::Period { day: -4, class: 9 }], None);
    log.append_tombstone([subject(5), subject(6)]);
    for row in &log.rows {
        let body = row.body.as_ref().unwrap();
        let (theirs, ours) = (Entry::from_bytes(body).unwrap(), read_entry(body).unwrap());
        assert_eq!(&ours.id, theirs.id.0.as_bytes());
        assert_eq!(ours.recorded_at, theirs.recorded_at.timestamp_micros());
        assert_eq!(ours.commitments.len(), theirs.groups.len());
        for (ours, theirs) in ours.commitments.iter().zip(&theirs.groups) {
            assert_eq!(ours.hash, theirs.hash);
            let holder = match &theirs.holder {
                Holder::Subjects(ids) => verify::Holder::Subjects(ids.iter().map(|id| id.0).collect()),
                Holder::Period { day, class } => verify::Holder::Period {
                    day: *day,
                    class: *class,
                },
            };
            assert_eq!(ours.holder, holder);
        }
    }
    let tombstone = read_entry(log.rows[3].body.as_ref().unwrap()).unwrap();
    assert_eq!(tombstone.erased, [subject(5).0, subject(6).0].into());
}

#[test]
fn an_entry_of_a_newer_version_is_said_to_be_one() {
    let mut body = Log::of(1, 1).rows[0].body.clone().unwrap();
    assert_eq!(body[1..3], [0, 1], "the version stands first");
    body[2] = 2;
    let error = read_entry(&body).unwrap_err().to_string();
    assert!(error.contains("version 2"), "{error}");
    body.push(0);
    body[2] = 1;
    assert!(read_entry(&body).is_err(), "nothing may follow an entry");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn random_bytes_make_no_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let master = MasterKey([1; 32]);
        let magic = [b"vigia/buckets/1\n".as_slice(), &bytes].concat();
        prop_assert!(Keyring::from_bytes(&bytes, &master).is_err());
        prop_assert!(Keyring::from_bytes(&magic, &master).is_err());
        prop_assert!(open_group(&SubjectKey([1; 32]), &[0; 16], 0, &bytes).is_err());
        let _ = read_entry(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!(open(&text, &[signer(1).verifier().clone()]).is_err());
        let _ = Checkpoint::read_untrusted(&text);
        let _ = LogVerifier::from_vkey(&text);
        let _ = serde_json::from_slice::<Finding>(&bytes);
    }

    #[test]
    fn random_lines_make_no_note_reader_panic(
        lines in prop::collection::vec("(?s).{0,40}|[0-9]{1,20}|— [a-z/.+ ]{0,12} [A-Za-z0-9+/=]{0,60}|", 0..12),
    ) {
        let note = lines.join("\n");
        let _ = Checkpoint::read_untrusted(&note);
        prop_assert!(open(&note, &[signer(1).verifier().clone()]).is_err());
        let _ = LogVerifier::from_vkey(&lines.join("+"));
    }

    #[test]
    fn an_entry_with_any_bytes_overwritten_makes_no_reader_panic(
        at in any::<prop::sample::Index>(),
        with in prop::collection::vec(any::<u8>(), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut log = Log::of(1, 1);
        log.append_tombstone([subject(5)]);
        for row in log.rows {
            let mut body = row.body.unwrap();
            let at = at.index(body.len());
            for (byte, with) in body[at..].iter_mut().zip(&with) {
                *byte = *with;
            }
            if read_entry(&body).is_ok() && let Ok(entry) = Entry::from_bytes(&body) {
                prop_assert_eq!(entry.groups.len(), read_entry(&body).unwrap().commitments.len());
            }
            let _ = read_entry(&body[..cut.index(body.len())]);
        }
    }

    #[test]
    fn random_rows_make_no_audit_panic(
        rows in prop::collection::vec(
            (any::<u64>(), 0_u64..6, any::<[u8; 32]>(), prop::collection::vec(any::<u8>(), 0..60), 0..5_u8),
            0..20,
        ),
        sizes in prop::collection::vec(any::<u64>(), 0..4),
    ) {
        let heads = sizes
            .iter()
            .map(|size| verify::Head { size: *size, root: verify::HashText([0; 32]), note: None })
            .collect();
        let mut auditor = Auditor::new(heads);
        for (far, near, leaf, bytes, what) in &rows {
            let groups = [
                GroupState::Opened { seed: &[0; 16], group: bytes },
                GroupState::Gone,
                GroupState::DoesNotOpen,
            ];
            auditor.row(Row {
                seq: if *what == 4 { *far } else { *near },
                leaf: *leaf,
                body: match what {
                    0 => Body::Withheld,
                    1 => Body::Gone,
                    _ => Body::Here(bytes),
                },
                groups: &groups,
            });
        }
        let verdict = auditor.finish();
        for finding in &verdict.findings {
            prop_assert!(!finding.to_string().is_empty());
        }
    }
}
