//! The platform inside the console: started with it, stopped with it.

use super::Console;
use crate::Error;
use crate::view::setup::SetupLocal;
#[cfg(not(feature = "embedded"))]
use vigia_wire::Code;
use vigia_wire::Problem;

#[cfg(feature = "embedded")]
impl Console {
    /// Starts the embedded platform of a profile that has one. Where it does not start, the console
    /// goes on with its copy, and says why.
    pub(super) async fn start_embedded(
        &self,
        mut profile: crate::home::ProfileFile,
    ) -> Result<(crate::home::ProfileFile, Option<Problem>), Error> {
        let mut platform = self.0.platform.lock().await;
        if !profile.embedded || platform.is_some() {
            return Ok((profile, None));
        }
        let running = match crate::embedded::open(&self.0.home, &self.0.keeper, &self.0.clock).await {
            Ok(running) => running,
            Err(error) => {
                tracing::error!(error = %error.with_causes(), "the platform on this computer did not start");
                return Ok((profile, Some(error.problem())));
            }
        };
        if let Some(running) = running {
            if running.url() != profile.url {
                running.url().clone_into(&mut profile.url);
                self.0.home.save(&profile)?;
            }
            *platform = Some(running);
        }
        Ok((profile, None))
    }

    /// The platform on this computer, started where it is not: what the wizard offers to sign in to
    /// where its profile was taken off.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub(super) async fn found_platform(&self) -> Result<Option<String>, Error> {
        let mut platform = self.0.platform.lock().await;
        if platform.is_none() && crate::embedded::is_there(&self.0.home) {
            *platform = crate::embedded::open(&self.0.home, &self.0.keeper, &self.0.clock).await?;
        }
        Ok(platform.as_ref().map(|running| running.url().to_owned()))
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
        for desk in self.0.desks.read().await.open.values() {
            desk.want();
        }
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
    pub(super) async fn found_platform(&self) -> Result<Option<String>, Error> {
        Ok(None)
    }

    pub(super) async fn begin_embedded(&self, _: &SetupLocal) -> Result<String, Error> {
        let detail = "starting the platform: this build has none inside; connect to one instead";
        Err(Error::Request(Problem::new(Code::NoEmbeddedPlatform, detail)))
    }
}
