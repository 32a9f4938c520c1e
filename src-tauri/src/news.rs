//! Forwards the console's news to the window as the event `desk:changed`.
//!
//! The event names topics and nothing else; the window asks again for what it shows. News that
//! come while the window is busy are gathered into one event, so that a flood of events in the
//! ledger is no flood here.

use crate::window::MAIN;
use serde::Serialize;
use std::collections::BTreeSet;
use tauri::{AppHandle, Emitter as _};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use vigia_desk::{Console, Topic};

const CHANGED: &str = "desk:changed";

/// The payload of `desk:changed`.
#[derive(Clone, Debug, Serialize)]
struct Changed {
    topics: BTreeSet<&'static str>,
}

/// Forwards until the console is gone.
pub fn forward(app: AppHandle, console: &Console) {
    let mut changes = console.changes();
    tauri::async_runtime::spawn(async move {
        while let Some(topics) = next(&mut changes).await {
            // Without a window there is nobody to tell; it asks for everything when it opens.
            let _ = app.emit_to(MAIN, CHANGED, Changed { topics });
        }
    });
}

/// Waits for news and takes everything that is there by then. Who fell behind is told of all topics.
async fn next(changes: &mut Receiver<Topic>) -> Option<BTreeSet<&'static str>> {
    let mut topics = BTreeSet::new();
    match changes.recv().await {
        Ok(topic) => {
            topics.insert(topic.as_str());
        }
        Err(RecvError::Lagged(_)) => topics.extend(every_topic()),
        Err(RecvError::Closed) => return None,
    }
    loop {
        match changes.try_recv() {
            Ok(topic) => {
                topics.insert(topic.as_str());
            }
            Err(TryRecvError::Lagged(_)) => topics.extend(every_topic()),
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(topics),
        }
    }
}

fn every_topic() -> impl Iterator<Item = &'static str> {
    [
        Topic::Status,
        Topic::Events,
        Topic::Settings,
        Topic::Jobs,
        Topic::Desktop,
    ]
    .into_iter()
    .map(Topic::as_str)
}

#[cfg(test)]
mod tests {
    use super::{every_topic, next};
    use tokio::sync::broadcast::channel;
    use vigia_desk::Topic;

    #[tokio::test]
    async fn news_that_wait_are_told_at_once_and_each_topic_once() {
        let (sender, mut changes) = channel(8);
        for topic in [Topic::Events, Topic::Events, Topic::Status] {
            sender.send(topic).unwrap();
        }
        assert_eq!(next(&mut changes).await, Some(["events", "status"].into()));
    }

    #[tokio::test]
    async fn a_window_that_fell_behind_is_told_of_every_topic() {
        let (sender, mut changes) = channel(1);
        sender.send(Topic::Settings).unwrap();
        sender.send(Topic::Settings).unwrap();
        assert_eq!(next(&mut changes).await, Some(every_topic().collect()));
    }

    #[tokio::test]
    async fn a_closed_console_has_no_more_news() {
        let (sender, mut changes) = channel::<Topic>(1);
        drop(sender);
        assert_eq!(next(&mut changes).await, None);
    }
}
