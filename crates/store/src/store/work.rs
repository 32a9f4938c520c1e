//! Work that the store does for itself, in its turn among the appends.

use super::Store;
use crate::append::{Command, Work, Writer};
use crate::error::{Error, Result};
use futures::future::BoxFuture;
use tokio::sync::oneshot;

impl Store {
    /// Runs something with the writer's connections, when its turn comes.
    pub(crate) async fn on_writer<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'w> FnOnce(&'w mut Writer) -> BoxFuture<'w, Result<T>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |writer| {
            Box::pin(async move {
                let done = match writer.renew().await {
                    Ok(()) => work(writer).await,
                    Err(error) => Err(error),
                };
                let failed = done.is_err();
                // Whoever asked may be gone; what was done stands.
                let _ = answer.send(done);
                failed
            })
        });
        self.send(Command::Work(work)).await?;
        answered.await.map_err(|_| Error::Closed)?
    }
}
