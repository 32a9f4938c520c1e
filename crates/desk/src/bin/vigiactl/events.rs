//! Searching the copy: as text, JSON, CSV or a number.

use crate::arguments::Events;
use crate::failure::Failure;
use crate::output;
use vigia_desk::Console;
use vigia_desk::view::event::{EventRow, Range, SearchRequest, SeverityName, Sort};

/// Events read at a time.
const CHUNK: u32 = 500;

pub async fn events(console: &Console, arguments: &Events) -> Result<(), Failure> {
    let range = Range {
        from: arguments.since,
        to: arguments.until,
    };
    if console.awaits_copy().await? {
        return Err(Failure::put_away());
    }
    if arguments.count {
        let count = console.count(&arguments.query, range).await?;
        output::line(&count.min(arguments.limit.unwrap_or(u64::MAX)).to_string());
        return Ok(());
    }
    if arguments.csv {
        output::line("seq,time,kind,severity,status,service,actor,source_ip,country,target,count,message");
    }
    let mut offset = 0;
    let limit = arguments.limit.unwrap_or(u64::MAX);
    while offset < limit {
        let wanted = u32::try_from(limit - offset).unwrap_or(CHUNK).min(CHUNK);
        let (query, sort) = (arguments.query.clone(), Sort::NewestFirst);
        let request = SearchRequest {
            query,
            range,
            sort,
            offset,
            limit: wanted,
            columns: Vec::new(),
        };
        let shown = if arguments.json {
            let found = console.events_json(&request).await?;
            found.iter().for_each(output::json);
            found.len()
        } else {
            let found = console.events_search(request).await?.rows;
            let write = if arguments.csv { csv } else { text };
            found.iter().for_each(|row| output::line(&write(row)));
            found.len()
        };
        if shown == 0 {
            break;
        }
        offset += shown as u64;
    }
    Ok(())
}

fn severity(name: SeverityName) -> String {
    format!("{name:?}").to_lowercase()
}

fn text(row: &EventRow) -> String {
    let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let printable = |text: String| {
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect::<String>()
    };
    let who = row.actor.as_ref().map(|who| who.text.as_str());
    printable(format!(
        "{}  {:8}  {:26} {:12} {:28} {:16} {}",
        row.time.format("%Y-%m-%dT%H:%M:%S%.3fZ"),
        severity(row.severity),
        row.kind,
        row.service,
        or_dash(who),
        or_dash(row.source_ip.as_deref()),
        row.message.as_deref().unwrap_or_default(),
    ))
}

fn csv(row: &EventRow) -> String {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let cells = [
        row.seq.to_string(),
        row.time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        row.kind.clone(),
        severity(row.severity),
        text(row.status.as_deref()),
        row.service.clone(),
        text(row.actor.as_ref().map(|who| who.text.as_str())),
        text(row.source_ip.as_deref()),
        text(row.country.as_deref()),
        text(row.target.as_ref().map(|who| who.text.as_str())),
        row.count.to_string(),
        text(row.message.as_deref()),
    ];
    cells
        .iter()
        .map(|cell| quoted(cell))
        .collect::<Vec<_>>()
        .join(",")
}

/// RFC 4180 § 2. What an attacker wrote must not become a formula in a spreadsheet, so a cell that
/// would begin like one begins with an apostrophe.
fn quoted(cell: &str) -> String {
    let cell = if cell.starts_with(['=', '+', '-', '@', '\t']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_never_a_formula() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
    }
}
