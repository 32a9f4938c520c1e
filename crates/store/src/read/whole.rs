//! Whether a store verifies and replays, in one answer: for a restore, which must know before it
//! counts.

use crate::error::Result;
use crate::store::Store;
use vigia_domain::access::Permit;
use vigia_domain::access::action::VerifyLedger;
use vigia_ledger::verify::{Auditor, Head, trusted_head};

impl Store {
    /// What does not fit, in words; empty where everything verifies and replays. Nobody else may
    /// erase meanwhile.
    ///
    /// # Errors
    /// Where the databases cannot be read.
    pub async fn findings(&self, permit: &Permit<VerifyLedger>) -> Result<Vec<String>> {
        let mut audit = self.audit(permit).await?;
        let note = audit.head().checkpoint.clone();
        let mut findings = Vec::new();
        let mut heads = Vec::new();
        match trusted_head(&note, &self.trusted_keys().await?.0) {
            Ok(checkpoint) => heads.push(Head::of(&checkpoint, &note)),
            Err(finding) => findings.push(finding.to_string()),
        }
        let mut auditor = Auditor::new(heads);
        loop {
            let rows = audit.next_page().await?;
            if rows.is_empty() {
                break;
            }
            rows.iter().for_each(|row| row.judge(&mut auditor));
        }
        let verdict = auditor.finish();
        findings.extend(verdict.findings.iter().map(ToString::to_string));
        for difference in self.replay_check(permit).await? {
            let (kind, id) = (difference.kind, difference.id);
            findings.push(format!("the state of {kind} {id} is not what its events say"));
        }
        Ok(findings)
    }
}
