//! Whole logs, tampered with: whatever is changed is found, and what is erased is explained.

use super::log::{Log, Stored, subject};
use proptest::prelude::*;
use vigia_domain::holder::Holder;
use vigia_ledger::leaf_hash;
use vigia_ledger::tree::CompactRange;
use vigia_ledger::verify::{Auditor, Body, Finding, Frontier, MAX_FINDINGS, Row, Verdict};

fn words(verdict: &Verdict) -> Vec<&'static str> {
    verdict.findings.iter().map(Finding::word).collect()
}

#[test]
fn an_untouched_log_is_whole() {
    let log = Log::of(300, 1);
    let verdict = log.audit_against(vec![Log::of(7, 1).head(), log.head(), Log::default().head()]);
    assert!(verdict.is_whole(), "{:?}", verdict.findings);
    assert_eq!((verdict.entries_checked, verdict.groups_checked), (300, 300));
    assert_eq!(verdict.heads_confirmed, [0, 7, 300]);
    assert_eq!(verdict.root, Some(log.tree.root()));
}

#[test]
fn a_changed_byte_names_its_entry_with_both_hashes() {
    let mut log = Log::of(9, 1);
    let head = log.head();
    let body = log.rows[4].body.as_mut().unwrap();
    *body.last_mut().unwrap() ^= 1;
    let computed = leaf_hash(body);
    let verdict = log.audit_against(vec![head]);
    assert_eq!(words(&verdict), ["entry_changed", "root_mismatch"]);
    assert_eq!(verdict.findings[0].seq(), Some(4));
    let text = verdict.findings[0].to_string();
    let evidence = serde_json::to_value(&verdict.findings[0]).unwrap();
    assert!(text.contains(evidence["leaf"].as_str().unwrap()), "{text}");
    assert!(text.contains(evidence["computed"].as_str().unwrap()), "{text}");
    assert_ne!(computed, log.rows[4].leaf);
}

#[test]
fn a_changed_byte_whose_leaf_was_made_to_fit_is_found_by_the_root() {
    let mut log = Log::of(9, 1);
    let head = log.head();
    let row = &mut log.rows[4];
    let body = row.body.as_mut().unwrap();
    // Inside the salt, so that it still reads as an entry.
    body[10] ^= 1;
    row.leaf = leaf_hash(body);
    assert_eq!(words(&log.audit_against(vec![head])), ["root_mismatch"]);
}

#[test]
fn a_removed_entry_is_missing_and_what_follows_is_still_checked() {
    let mut log = Log::of(9, 1);
    let head = log.head();
    log.rows.remove(3);
    log.rows[6].body.as_mut().unwrap()[10] ^= 1;
    let verdict = log.audit_against(vec![head]);
    assert_eq!(words(&verdict), ["entry_missing", "entry_changed"]);
    assert_eq!(verdict.findings[0].to_string(), "entry 3 is missing");
    assert_eq!(verdict.root, None);
}

#[test]
fn a_removed_entry_whose_successors_moved_up_is_found() {
    let mut log = Log::of(9, 1);
    let head = log.head();
    log.rows.remove(3);
    for (seq, row) in (0..).zip(&mut log.rows) {
        row.seq = seq;
    }
    assert_eq!(words(&log.audit_against(vec![head])), ["shrunk"]);
}

#[test]
fn two_swapped_entries_are_found() {
    let mut log = Log::of(9, 1);
    let head = log.head();
    let (a, b) = (log.rows[2].clone(), log.rows[5].clone());
    log.rows[2] = Stored { seq: 2, ..b };
    log.rows[5] = Stored { seq: 5, ..a };
    let verdict = log.audit_against(vec![head]);
    assert!(words(&verdict).contains(&"root_mismatch"));
    let blamed: Vec<_> = verdict.findings.iter().filter_map(Finding::seq).collect();
    assert_eq!(blamed, [3, 5], "each was recorded before the entry ahead of it");
}

#[test]
fn a_log_cut_off_has_fewer_entries_than_were_signed() {
    let mut log = Log::of(9, 1);
    let head = log.head();
    log.rows.truncate(6);
    let verdict = log.audit_against(vec![head]);
    assert_eq!(words(&verdict), ["shrunk"]);
    assert!(verdict.findings[0].to_string().contains("only 6"));
}

#[test]
fn entries_that_nobody_signed_for_are_found() {
    let mut log = Log::of(9, 1);
    let head = log.head();
    log.append(1, vec![], None);
    assert_eq!(words(&log.audit_against(vec![head])), ["root_mismatch"]);
    assert_eq!(words(&log.audit_against(vec![])), ["root_mismatch"]);
}

#[test]
fn a_history_rewritten_with_the_logs_key_is_found_against_a_head_kept_elsewhere() {
    let (kept, rewritten) = (Log::of(8, 1), Log::of(12, 2));
    assert!(rewritten.audit_against(vec![rewritten.head()]).is_whole());
    let verdict = rewritten.audit_against(vec![rewritten.head(), kept.head()]);
    assert_eq!(words(&verdict), ["root_mismatch"]);
    assert_eq!(verdict.heads_confirmed, [12]);
}

#[test]
fn an_entry_whose_bytes_are_gone_is_missing_though_its_leaf_stands() {
    let mut log = Log::of(9, 1);
    log.rows[4].body = None;
    let verdict = log.audit_against(vec![log.head()]);
    assert_eq!(words(&verdict), ["entry_missing"]);
    assert!(verdict.root.is_some());
}

#[test]
fn a_reader_who_may_not_see_an_entry_still_proves_the_tree() {
    let log = Log::of(9, 1);
    let mut auditor = Auditor::new(vec![log.head()]);
    for row in &log.rows {
        auditor.row(Row {
            seq: row.seq,
            leaf: row.leaf,
            body: Body::Withheld,
            groups: &[],
        });
    }
    let verdict = auditor.finish();
    assert!(verdict.is_whole());
    assert_eq!((verdict.entries_withheld, verdict.entries_checked), (9, 0));
}

#[test]
fn a_group_that_is_not_the_one_committed_to_is_found() {
    let mut log = Log::of(9, 1);
    log.rows[4].groups[0].as_mut().unwrap().group.push(0);
    let verdict = log.audit_against(vec![log.head()]);
    assert_eq!(words(&verdict), ["commitment_mismatch"]);
    assert_eq!(verdict.findings[0].seq(), Some(4));
}

#[test]
fn a_group_that_no_entry_speaks_of_is_found() {
    let mut log = Log::of(9, 1);
    let stray = log.rows[4].groups[0].clone();
    log.rows[4].groups.push(stray);
    let verdict = log.audit_against(vec![log.head()]);
    assert_eq!(words(&verdict), ["commitment_mismatch"]);
    assert!(
        verdict.findings[0]
            .to_string()
            .contains("group 1 of entry 4 is not in the entry")
    );
}

#[test]
fn groups_of_an_erased_person_are_explained_by_a_later_tombstone() {
    let mut log = Log::of(9, 1);
    log.append(1, vec![Holder::Subjects(vec![subject(1), subject(2)])], None);
    log.append_tombstone([subject(1)]);
    for seq in [1, 4, 7, 9] {
        log.rows[seq].groups[0] = None;
    }
    let verdict = log.audit_against(vec![log.head()]);
    assert!(verdict.is_whole(), "{:?}", verdict.findings);
    assert_eq!(verdict.groups_erased, 4);
}

#[test]
fn a_missing_group_without_a_tombstone_is_found() {
    let mut log = Log::of(9, 1);
    log.append_tombstone([subject(2)]);
    log.rows[4].groups[0] = None;
    let verdict = log.audit_against(vec![log.head()]);
    assert_eq!(words(&verdict), ["entry_missing"]);
    let evidence = serde_json::to_value(&verdict.findings[0]).unwrap();
    assert_eq!(evidence["holder"]["subjects"][0], subject(1).to_string());
}

#[test]
fn an_earlier_tombstone_explains_nothing() {
    let mut log = Log::default();
    log.append_tombstone([subject(1)]);
    log.append(1, vec![Holder::Subjects(vec![subject(1)])], None);
    log.rows[1].groups[0] = None;
    assert_eq!(words(&log.audit_against(vec![log.head()])), ["entry_missing"]);
}

#[test]
fn a_tombstone_explains_no_missing_period() {
    let mut log = Log::default();
    log.append(
        1,
        vec![Holder::Period {
            day: 20_000,
            class: 0,
        }],
        None,
    );
    log.append_tombstone([subject(1)]);
    log.rows[0].groups[0] = None;
    assert_eq!(words(&log.audit_against(vec![log.head()])), ["entry_missing"]);
}

#[test]
fn a_tombstone_put_in_by_somebody_without_the_key_does_not_pass() {
    let mut log = Log::of(9, 1);
    let head = log.head();
    log.append_tombstone([subject(1)]);
    log.rows[4].groups[0] = None;
    assert_eq!(words(&log.audit_against(vec![head])), ["root_mismatch"]);
}

#[test]
fn a_window_is_audited_from_its_prefix() {
    let log = Log::of(100, 1);
    let mut prefix = CompactRange::new();
    log.rows[..37].iter().for_each(|row| prefix.append(row.leaf));
    let window = Log {
        rows: log.rows[37..].to_vec(),
        tree: log.tree.clone(),
    };
    let heads = vec![log.head(), Log::of(37, 1).head(), Log::of(5, 1).head()];
    let start = Frontier::of_prefix(37, prefix.hashes()).unwrap();
    let verdict = window.feed(Auditor::from_window(start.clone(), heads.clone()));
    assert!(verdict.is_whole(), "{:?}", verdict.findings);
    assert_eq!(verdict.heads_confirmed, [37, 100]);
    assert_eq!(verdict.heads_before_window, [5]);

    let late = Log {
        rows: log.rows[40..].to_vec(),
        tree: log.tree.clone(),
    };
    let verdict = late.feed(Auditor::from_window(start, heads));
    assert_eq!(verdict.findings[0].to_string(), "entries 37 to 39 are missing");
}

#[test]
fn ten_thousand_findings_are_counted_and_a_few_kept() {
    let mut log = Log::of(1_000, 1);
    for row in &mut log.rows {
        row.groups[0].as_mut().unwrap().seed[0] ^= 1;
    }
    let verdict = log.audit_against(vec![log.head()]);
    assert_eq!(verdict.findings.len(), MAX_FINDINGS);
    assert_eq!(verdict.more_findings, 1_000 - MAX_FINDINGS as u64);
}

#[test]
fn evidence_survives_its_file() {
    let mut log = Log::of(9, 1);
    log.append(1, vec![Holder::Period { day: -3, class: 4 }], None);
    let head = log.head();
    log.rows[2].body.as_mut().unwrap()[10] ^= 1;
    log.rows[4].body = None;
    log.rows[6].groups[0] = None;
    log.rows[9].groups[0] = None;
    log.rows.remove(7);
    let verdict = log.audit_against(vec![head]);
    assert_eq!(verdict.findings.len(), 5, "{:?}", verdict.findings);
    for finding in verdict.findings {
        let file = serde_json::to_string_pretty(&finding).unwrap();
        assert_eq!(serde_json::from_str::<Finding>(&file).unwrap(), finding);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_byte_of_whatever_entry_is_changed_is_found(
        size in 1_u64..40,
        row in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..=255,
        leaf_made_to_fit in any::<bool>(),
    ) {
        let mut log = Log::of(size, 1);
        let head = log.head();
        let row = row.get(&log.rows).seq;
        let stored = &mut log.rows[usize::try_from(row).unwrap()];
        let body = stored.body.as_mut().unwrap();
        let at = at.index(body.len());
        body[at] ^= flip;
        if leaf_made_to_fit {
            stored.leaf = leaf_hash(body);
        }
        let verdict = log.audit_against(vec![head]);
        prop_assert!(words(&verdict).contains(&"root_mismatch"));
        prop_assert!(leaf_made_to_fit || verdict.findings[0].seq() == Some(row));
    }

    #[test]
    fn whatever_entries_are_removed_or_swapped_is_found(
        size in 2_u64..40,
        (a, b) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        renumbered in any::<bool>(),
        remove in any::<bool>(),
    ) {
        let mut log = Log::of(size, 1);
        let head = log.head();
        let (a, b) = (a.index(log.rows.len()), b.index(log.rows.len()));
        if remove {
            log.rows.remove(a);
        } else {
            prop_assume!(a != b);
            log.rows.swap(a, b);
        }
        if renumbered {
            (0..).zip(&mut log.rows).for_each(|(seq, row)| row.seq = seq);
        }
        prop_assert!(!log.audit_against(vec![head]).is_whole());
    }
}
