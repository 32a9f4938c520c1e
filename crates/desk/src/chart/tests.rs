//! Drawings: valid, harmless, complete, the same in both languages.

use super::bars::{Bars, Series};
use super::frame::{FAILED, Words};
use super::ranking::Row;
use super::words::Lang;
use super::{Shape, heat, numbers, ranking, span, width};
use crate::view::event::Range;
use chrono::TimeDelta;
use chrono_tz::Tz;
use vigia_domain::Timestamp;

fn words() -> Words {
    Words {
        title: "Failed <sign-ins> & \"more\"".to_owned(),
        unit: "Number of events, bars of 1 h".to_owned(),
        query: Some("message:\"<script>alert(1)</script>\" \u{7}".to_owned()),
        source: "Vigia · https://vigia.example · 2026 · 12 entries".to_owned(),
    }
}

fn zone() -> Tz {
    "America/Sao_Paulo".parse().unwrap()
}

fn some(buckets: u32) -> Bars {
    let start: Timestamp = "2026-02-17T03:00:00Z".parse().unwrap();
    let moments = (0..buckets).map(|n| start + TimeDelta::hours(n.into()));
    let counts = |times: u64| (0..u64::from(buckets)).map(|n| n * times % 37).collect();
    Bars {
        starts: moments.collect(),
        partial: (0..buckets).map(|n| n + 1 == buckets).collect(),
        width_seconds: 3_600,
        series: vec![
            Series {
                name: "Failed".to_owned(),
                color: FAILED,
                counts: counts(7),
            },
            Series {
                name: "<b>Successful</b>".to_owned(),
                color: super::frame::SUCCEEDED,
                counts: counts(3),
            },
        ],
        unit: 1.0,
        zone: zone(),
    }
}

/// Every sign that opens a tag opens one of those that drawings are made of, and each is closed.
#[track_caller]
fn harmless(svg: &str) {
    const KNOWN: [&str; 8] = [
        "svg", "title", "desc", "rect", "text", "polyline", "polygon", "line",
    ];
    for tag in svg.split('<').skip(1) {
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        assert!(KNOWN.contains(&name.as_str()), "<{tag}");
        assert!(!tag.contains("href") && !tag.contains(" on"), "<{tag}");
    }
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    let control = |c: char| c.is_control() && c != '\n';
    assert!(!svg.contains(control), "a sign that XML does not take");
}

#[test]
fn what_is_written_on_a_drawing_is_text_and_nothing_else() {
    harmless(&some(48).svg(&words(), Lang::En).unwrap());
    let rows = vec![Row {
        name: "</text><script>x</script>\u{0}".to_owned(),
        country: Some("BR".to_owned()),
        count: 5,
    }];
    harmless(&ranking::svg(&rows, &words(), Lang::Pt).unwrap());
    harmless(&heat::svg(&vec![vec![3; 24]; 7], &words(), Lang::Pt).unwrap());
}

#[test]
fn a_drawing_says_what_when_in_which_zone_and_whence() {
    let svg = some(48).svg(&words(), Lang::En).unwrap();
    assert!(svg.contains("<title>Failed &lt;sign-ins&gt; &amp; "));
    assert!(svg.contains("https://vigia.example"));
    assert!(svg.contains("still filling"), "the last bucket is hatched");
    assert!(
        svg.contains("Feb 17") && svg.contains("12:00"),
        "moments under the bars"
    );
    let svg = some(48).svg(&words(), Lang::Pt).unwrap();
    assert!(svg.contains("17/02") && svg.contains("ainda incompleto"));
}

#[test]
fn nothing_to_draw_is_said() {
    let mut none = some(24);
    none.series.clear();
    assert!(
        none.svg(&words(), Lang::En)
            .unwrap()
            .contains("No events in this period.")
    );
    assert!(
        ranking::svg(&[], &words(), Lang::Pt)
            .unwrap()
            .contains("Nenhum evento")
    );
    harmless(&heat::svg(&vec![vec![0; 24]; 7], &words(), Lang::En).unwrap());
}

#[test]
fn one_bucket_and_five_hundred_are_drawn() {
    for buckets in [1, 2, 500] {
        harmless(&some(buckets).svg(&words(), Lang::En).unwrap());
    }
}

#[test]
fn the_numbers_are_a_sheet_with_moments_in_the_zone() {
    let sheet = String::from_utf8(numbers(&Shape::Bars(some(3)), zone(), Lang::En).unwrap()).unwrap();
    let lines: Vec<&str> = sheet.lines().collect();
    assert_eq!(lines[0], "Time,<b>Successful</b>,Failed,Total,still filling");
    assert_eq!(lines[1], "2026-02-17T00:00:00-03:00,0,0,0,false");
    assert_eq!(lines[3], "2026-02-17T02:00:00-03:00,6,14,20,true");
    let cells = Shape::Heat(vec![vec![1; 24]; 7]);
    let sheet = String::from_utf8(numbers(&cells, zone(), Lang::Pt).unwrap()).unwrap();
    assert_eq!(sheet.lines().count(), 1 + 7 * 24);
    assert!(sheet.contains("sáb,23,1"));
}

#[test]
fn lengths_and_ranges_are_said_as_people_say_them() {
    assert_eq!(
        [60, 5_400, 86_400, 45].map(width),
        ["1 min", "90 min", "1 d", "45 s"]
    );
    let range = Range {
        from: Some("2026-02-17T13:30:00Z".parse().unwrap()),
        to: Some("2026-02-18T13:30:00Z".parse().unwrap()),
    };
    assert_eq!(
        span(range, zone(), Lang::Pt),
        "17/02/2026 10:30 – 18/02/2026 10:30 (America/Sao_Paulo, -03:00)"
    );
    assert_eq!(
        span(Range::default(), zone(), Lang::En),
        "all time (America/Sao_Paulo)"
    );
    assert_eq!(Lang::Pt.number(1_234_567), "1.234.567");
    assert_eq!(Lang::En.number(999), "999");
}
