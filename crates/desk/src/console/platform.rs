//! The platform inside the console: started with it, stopped with it.

use super::Console;
use crate::Error;
use crate::view::setup::SetupLocal;
#[cfg(not(feature = "embedded"))]
use vigia_wire::Code;
use vigia_wire::Problem;

#[cfg(feature = "embedded")]
impl Console {
    /// Starts the embedded platform of a profile that has one.
    pub(super) async fn start_embedded(
        &self,
        mut profile: crate::home::ProfileFile,
    ) -> Result<crate::home::ProfileFile, Error> {
        if !profile.embedded {
            return Ok(profile);
        }
        let running = crate::embedded::open(&self.0.home, &self.0.keeper, &self.0.clock).await?;
        if let Some(running) = running {
            running.url().clone_into(&mut profile.url);
            self.0.home.save(&profile)?;
            *self.0.platform.lock().await = Some(running);
        }
        Ok(profile)
    }

    /// Stops the embedded platform; the console goes on with its copy.
    pub async fn stop_platform(&self) {
        if let Some(running) = self.0.platform.lock().await.take() {
            running.stop().await;
        }
    }

    /// Starts the embedded platform again, at the address it had.
    ///
    /// # Errors
    /// Where there is none, or it cannot be opened.
    pub async fn start_platform(&self) -> Result<(), Problem> {
        let mut platform = self.0.platform.lock().await;
        if platform.is_none() {
            let running = crate::embedded::open(&self.0.home, &self.0.keeper, &self.0.clock).await;
            *platform = running.map_err(|error| error.problem())?;
        }
        drop(platform);
        self.go_live().await;
        Ok(())
    }

    pub(super) async fn begin_embedded(&self, request: &SetupLocal) -> Result<String, Error> {
        let running = crate::embedded::begin(&self.0.home, &self.0.keeper, &self.0.clock, request).await?;
        let url = running.url().to_owned();
        *self.0.platform.lock().await = Some(running);
        Ok(url)
    }
}

#[cfg(not(feature = "embedded"))]
impl Console {
    pub(super) async fn begin_embedded(&self, _: &SetupLocal) -> Result<String, Error> {
        let detail = "starting the platform: this build has none inside; connect to one instead";
        Err(Error::Request(Problem::new(Code::NoEmbeddedPlatform, detail)))
    }
}
