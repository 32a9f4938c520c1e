//! Writing a proven page: entries, groups, search keys, words, the range, in one transaction.
//!
//! Killed at any point, the copy is what it was before the page or after it.

use super::window::BASE;
use super::{Batch, Cache, CacheError, TEXT_MESSAGE, TEXT_USER_AGENT, Writer, put_state, write_range};
use crate::query::sql::Arg;
use vigia_domain::SubjectId;
use vigia_domain::entry::{Entry, Group, Holder};
use vigia_ledger::Hash;
use vigia_ledger::tree::CompactRange;
use vigia_query::Facts;

/// A group that this reader may open, checked against its commitment.
#[derive(Debug, Clone)]
pub struct OpenedGroup {
    /// Its place among the entry's commitments.
    pub number: u32,
    /// The seed that its commitment begins with.
    pub seed: [u8; 16],
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// The same, read.
    pub group: Group,
}

/// An entry that this reader may see.
#[derive(Debug, Clone)]
pub struct PageEntry {
    /// Its canonical bytes.
    pub body: Vec<u8>,
    /// The same, read.
    pub entry: Entry,
    /// Its opened groups.
    pub groups: Vec<OpenedGroup>,
}

/// One leaf of a page.
#[derive(Debug, Clone)]
pub struct PageRow {
    /// Its place in the ledger.
    pub seq: u64,
    /// Its hash, as computed here or, for a bare leaf, as given.
    pub leaf: Hash,
    /// The entry, where the reader may see it.
    pub entry: Option<PageEntry>,
}

/// Leaves that were proven to lie in the signed tree, in order, following on the copy's end.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The leaves.
    pub rows: Vec<PageRow>,
    /// Subtrees of 256^level leaves that they complete: level, number, hash.
    pub nodes: Vec<(u8, u64, Hash)>,
    /// The compact range after them.
    pub range: CompactRange,
    /// People whose erasure they tell.
    pub erased: Vec<SubjectId>,
    /// What they say is gone because its days are over.
    pub gone: super::Gone,
    /// Where the copy begins with this page: everything before its first leaf.
    pub base: Option<CompactRange>,
}

/// Sequence numbers and counts stay far below 2^63.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

struct Batches {
    leaf: Batch,
    node: Batch,
    entry: Batch,
    sealed: Batch,
    holder: Batch,
    event: EventRows,
}

/// The rows that are made from an event's facts.
pub(super) struct EventRows {
    event: Batch,
    text: Batch,
    detail: Batch,
}

impl EventRows {
    pub(super) fn new() -> Self {
        Self {
            event: Batch::new(
                "INSERT INTO event (seq, id, time, recorded_at, kind, severity, status, service, country, count, \
                 actor_id, actor_email, actor_name, actor_role, actor_session, source_ip, source_port, source_host, \
                 target_type, target_id, target_email, target_name, trace_id, person, texts)",
                25,
            ),
            text: Batch::new("INSERT INTO text (rowid, message, user_agent, other)", 4),
            detail: Batch::new("INSERT INTO detail (name, value, seq)", 3),
        }
    }

    pub(super) async fn push(
        &mut self,
        writer: &mut Writer,
        seq: u64,
        facts: Facts,
    ) -> Result<(), CacheError> {
        let kind = writer.number("word", &facts.kind).await?;
        let service = writer.number("word", &facts.service).await?;
        let status = match &facts.status {
            Some(status) => Some(writer.number("word", status).await?),
            None => None,
        };
        let country = match &facts.country {
            Some(country) => Some(writer.number("word", country).await?),
            None => None,
        };
        for (name, value) in &facts.details {
            let name = writer.number("detail_name", name).await?;
            let row = vec![name.into(), value.clone().into(), int(seq).into()];
            self.detail.push(&mut writer.connection, row).await?;
        }
        self.text
            .push(&mut writer.connection, text_row(seq, &facts))
            .await?;
        let texts = i64::from(facts.message.is_some()) * TEXT_MESSAGE
            + i64::from(facts.user_agent.is_some()) * TEXT_USER_AGENT;
        let row = vec![
            int(seq).into(),
            facts.id.into(),
            facts.time.into(),
            facts.recorded_at.into(),
            kind.into(),
            i64::from(facts.severity).into(),
            status.into(),
            service.into(),
            country.into(),
            i64::from(facts.count).into(),
            facts.actor_id.into(),
            facts.actor_email.into(),
            facts.actor_name.into(),
            facts.actor_role.into(),
            facts.actor_session.into(),
            facts.source_ip.map(|ip| ip.to_vec()).into(),
            facts.source_port.map(i64::from).into(),
            facts.source_host.into(),
            facts.target_type.into(),
            facts.target_id.into(),
            facts.target_email.into(),
            facts.target_name.into(),
            facts.trace_id.into(),
            facts.person.map(|person| person.0.to_vec()).into(),
            texts.into(),
        ];
        self.event.push(&mut writer.connection, row).await
    }

    pub(super) async fn flush(&mut self, writer: &mut Writer) -> Result<(), CacheError> {
        for batch in [&mut self.event, &mut self.text, &mut self.detail] {
            batch.flush(&mut writer.connection).await?;
        }
        Ok(())
    }
}

/// What the text index holds of an event. The same values take the row out again.
pub(super) fn text_row(seq: u64, facts: &Facts) -> Vec<Arg> {
    vec![
        int(seq).into(),
        facts.message.clone().unwrap_or_default().into(),
        facts.user_agent.clone().unwrap_or_default().into(),
        facts.other.clone().into(),
    ]
}

impl Cache {
    /// Appends a proven page, and obeys the tombstones in it.
    ///
    /// # Errors
    /// Where SQLite refuses; then nothing of the page was kept.
    pub async fn put_page(&self, page: Page) -> Result<(), CacheError> {
        let mut writer = self.writer().await?;
        writer.begin().await?;
        let (erased, gone) = (page.erased.clone(), page.gone.clone());
        let outcome = obeyed(&mut writer, page, (&erased, &gone)).await;
        writer.finish(outcome).await?;
        if !erased.is_empty() || !gone.is_empty() {
            super::erase::clean(&mut writer).await?;
        }
        Ok(())
    }
}

/// Writes a page and obeys what it tells.
async fn obeyed(
    writer: &mut Writer,
    page: Page,
    (erased, gone): (&[SubjectId], &super::Gone),
) -> Result<(), CacheError> {
    write(writer, page).await?;
    super::erase::erase(writer, erased).await?;
    if gone.is_empty() {
        return Ok(());
    }
    super::prune::prune(writer, gone).await
}

pub(super) async fn write(writer: &mut Writer, page: Page) -> Result<(), CacheError> {
    let mut batches = Batches {
        leaf: Batch::new("INSERT INTO leaf (seq, hash)", 2),
        node: Batch::new("INSERT OR REPLACE INTO node (level, number, hash)", 3),
        entry: Batch::new("INSERT INTO entry (seq, body)", 2),
        sealed: Batch::new("INSERT INTO sealed (seq, number, seed, data)", 4),
        holder: Batch::new("INSERT OR IGNORE INTO holder (subject, seq, number)", 3),
        event: EventRows::new(),
    };
    for row in page.rows {
        let seq = int(row.seq);
        let leaf = vec![seq.into(), row.leaf.to_vec().into()];
        batches.leaf.push(&mut writer.connection, leaf).await?;
        let Some(entry) = row.entry else { continue };
        entry_rows(writer, &mut batches, row.seq, entry).await?;
    }
    for (level, number, hash) in page.nodes {
        let row = vec![i64::from(level).into(), int(number).into(), hash.to_vec().into()];
        batches.node.push(&mut writer.connection, row).await?;
    }
    for batch in [
        &mut batches.leaf,
        &mut batches.node,
        &mut batches.entry,
        &mut batches.sealed,
        &mut batches.holder,
    ] {
        batch.flush(&mut writer.connection).await?;
    }
    batches.event.flush(writer).await?;
    if let Some(base) = &page.base {
        put_state(&mut writer.connection, BASE, &write_range(base)).await?;
    }
    put_state(&mut writer.connection, "range", &write_range(&page.range)).await
}

async fn entry_rows(
    writer: &mut Writer,
    batches: &mut Batches,
    seq: u64,
    entry: PageEntry,
) -> Result<(), CacheError> {
    let mut groups = Vec::with_capacity(entry.groups.len());
    for opened in entry.groups {
        let row = vec![
            int(seq).into(),
            i64::from(opened.number).into(),
            opened.seed.to_vec().into(),
            opened.bytes.into(),
        ];
        batches.sealed.push(&mut writer.connection, row).await?;
        groups.push(opened.group);
    }
    for (number, commitment) in entry.entry.groups.iter().enumerate() {
        let Holder::Subjects(subjects) = &commitment.holder else {
            continue;
        };
        for subject in subjects {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            let row = vec![subject.0.to_vec().into(), int(seq).into(), number.into()];
            batches.holder.push(&mut writer.connection, row).await?;
        }
    }
    let facts = Facts::of(&entry.entry, groups);
    batches
        .entry
        .push(&mut writer.connection, vec![int(seq).into(), entry.body.into()])
        .await?;
    batches.event.push(writer, seq, facts).await
}
