//! The command that saves a chart.

use super::Console;
use crate::view::chart::{ChartRequest, ChartSaved};
use crate::view::job::JobKind;
use crate::{Error, chart};
use vigia_wire::Problem;

impl Console {
    /// Saves a chart, or its numbers, as a file.
    ///
    /// # Errors
    /// A problem whose code says what kind.
    pub async fn chart_save(&self, request: ChartRequest) -> Result<ChartSaved, Problem> {
        let saved = async {
            let desk = self.desk().await?;
            let drawn = chart::draw(&desk, &request).await?;
            self.save_file(JobKind::Chart, drawn.stem, drawn.ending, drawn.bytes)
                .await
        };
        let path = saved.await.map_err(|error: Error| error.problem())?;
        Ok(ChartSaved {
            path: path.display().to_string(),
        })
    }
}
