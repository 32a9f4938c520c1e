//! The platforms of this console: listing them, and what is set for one.

use crate::arguments::{Bound, Keep, Plain, Profile};
use crate::failure::Failure;
use crate::output;
use vigia_desk::Console;
use vigia_desk::view::profile::{ProfileKeep, ProfileName, ProfileRef, ProfileRemove, ProfileRow};
use vigia_desk::view::status::Integrity;

pub async fn list(console: &Console, arguments: &Plain) -> Result<(), Failure> {
    let rows = console.profiles().await?;
    if arguments.json {
        output::json(&rows);
        return Ok(());
    }
    if rows.is_empty() {
        output::line("no platform yet: vigiactl login");
    }
    for row in rows {
        output::line(&text(&row));
    }
    Ok(())
}

fn text(row: &ProfileRow) -> String {
    let mark = if row.in_use { "*" } else { " " };
    let integrity = match row.integrity {
        Integrity::Unchecked => "not checked yet",
        Integrity::Verified { .. } => "verified",
        Integrity::Broken { .. } => "BROKEN",
    };
    let who = row.email.as_deref().unwrap_or("-");
    format!(
        "{mark} {}  {}  {}  {integrity}  {}",
        row.id, row.name, row.url, who
    )
}

pub async fn change(console: &Console, change: Profile) -> Result<(), Failure> {
    match change {
        Profile::Use(named) => {
            let row = find(console, &named.name).await?;
            console.profile_use(ProfileRef { id: row.id }).await?;
            output::line(&format!("{} is in use", row.name));
        }
        Profile::Rename(rename) => {
            let row = find(console, &rename.name).await?;
            let (id, name) = (row.id, rename.new);
            console.profile_rename(ProfileName { id, name }).await?;
            output::line("renamed");
        }
        Profile::Keep(wanted) => keep(console, wanted).await?,
        Profile::Remove(named) => {
            let row = find(console, &named.name).await?;
            let (id, name) = (row.id, row.name);
            let removed = console.profile_remove(ProfileRemove { id, name }).await?;
            output::line("taken off; its log stays on the platform");
            if let Some(folder) = removed.evidence {
                output::line(&format!("evidence against its log stays in {folder}"));
            }
            if let Some(folder) = removed.platform {
                output::line(&format!("the platform itself stays in {folder}"));
            }
        }
    }
    Ok(())
}

async fn keep(console: &Console, wanted: Keep) -> Result<(), Failure> {
    let row = find(console, &wanted.name).await?;
    let mut keep = row.keep;
    match wanted.days {
        Some(Bound::All) => keep.days = None,
        Some(Bound::At(days)) => keep.days = u32::try_from(days).ok(),
        None => {}
    }
    match wanted.disk_mib {
        Some(Bound::All) => keep.disk_bytes = None,
        Some(Bound::At(mebibytes)) => keep.disk_bytes = Some(mebibytes << 20),
        None => {}
    }
    console.profile_keep(ProfileKeep { id: row.id, keep }).await?;
    let days = keep
        .days
        .map_or_else(|| "every day".to_owned(), |days| format!("{days} days"));
    let disk = keep
        .disk_bytes
        .map_or_else(|| "no limit".to_owned(), |bytes| format!("{} MiB", bytes >> 20));
    output::line(&format!(
        "{}: {days}, {disk} on disk; the next sync brings the copy there",
        row.name
    ));
    Ok(())
}

async fn find(console: &Console, wanted: &str) -> Result<ProfileRow, Failure> {
    let id = console.profile_id(wanted)?;
    let mut rows = console.profiles().await?.into_iter();
    let row = rows.find(|row| row.id == id);
    row.ok_or_else(|| vigia_desk::Error::not_signed_in().into())
}
