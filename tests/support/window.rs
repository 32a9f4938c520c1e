//! The real window, driven from outside: `tauri-driver`, WebKit's own driver and the built console.
//!
//! What must stay true: nothing here reads translated text to find its way (elements are found by
//! `data-testid`, states by their `data-` attributes), every wait ends, and a picture is taken only
//! after two animation frames, because WebKit may otherwise hand out the frame before.

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::error::Error;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// What a step of a window gives: its result, or what was attempted and why it failed.
pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// The longest wait for anything that the window should show.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest wait for driver and window to start.
const START: Duration = Duration::from_secs(60);
/// How often a port is asked whether somebody listens.
const KNOCK: Duration = Duration::from_millis(50);
/// How often a number in the window is read.
const LOOK: Duration = Duration::from_millis(100);
/// Events that the sample brings at least; it arrives page by page.
pub const SAMPLE: u64 = 5_000;

/// A running console and its window.
pub struct Window {
    client: Client,
    driver: Child,
}

impl Window {
    /// Starts the console `application` with its data in `home`.
    ///
    /// # Errors
    /// Where the driver is missing, or no window appears in time.
    pub async fn open(application: &Path, home: &Path) -> Outcome<Self> {
        Self::open_within(application, home, &[]).await
    }

    /// The same with more in its environment.
    ///
    /// # Errors
    /// Where the driver is missing, or no window appears in time.
    pub async fn open_within(application: &Path, home: &Path, environment: &[(&str, &str)]) -> Outcome<Self> {
        let (port, native) = (free_port()?, free_port()?);
        let driver = Command::new("tauri-driver")
            .args(["--port", &port.to_string(), "--native-port", &native.to_string()])
            .env("VIGIA_HOME", home)
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("starting tauri-driver (scripts/setup test installs it): {error}"))?;
        listening(port).await?;
        listening(native).await?;
        let capabilities = json!({
            "browserName": "wry",
            "tauri:options": { "application": application },
        });
        let capabilities = serde_json::from_value(capabilities)?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let connecting = builder.capabilities(capabilities);
        let url = format!("http://127.0.0.1:{port}");
        let client = tokio::time::timeout(START, connecting.connect(&url))
            .await
            .map_err(|_| format!("opening the window: none within {START:?}"))?
            .map_err(|error| format!("opening the window: {error}"))?;
        Ok(Self { client, driver })
    }

    /// The element with this `data-testid`, as soon as it is there.
    ///
    /// # Errors
    /// Where it does not come in time.
    pub async fn find(&self, id: &str) -> Outcome<Element> {
        self.find_css(&format!("[data-testid=\"{id}\"]")).await
    }

    /// The first element that fits, as soon as it is there.
    ///
    /// # Errors
    /// Where it does not come in time.
    pub async fn find_css(&self, css: &str) -> Outcome<Element> {
        let wait = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(css))
            .await;
        wait.map_err(|error| format!("waiting for {css}: {error}").into())
    }

    /// Waits until an element with this `data-testid` has this attribute.
    ///
    /// # Errors
    /// Where it does not come to that in time.
    pub async fn wait_for(&self, id: &str, attribute: &str, value: &str) -> Outcome<Element> {
        self.find_css(&format!("[data-testid=\"{id}\"][{attribute}=\"{value}\"]"))
            .await
    }

    /// Clicks the element with this `data-testid`.
    ///
    /// # Errors
    /// Where it does not come in time or cannot be clicked.
    pub async fn click(&self, id: &str) -> Outcome {
        self.find(id)
            .await?
            .click()
            .await
            .map_err(|error| format!("clicking {id}: {error}").into())
    }

    /// Types into the element with this `data-testid`, after emptying it.
    ///
    /// # Errors
    /// Where it does not come in time or takes no text.
    pub async fn fill(&self, id: &str, text: &str) -> Outcome {
        let element = self.find(id).await?;
        element.clear().await?;
        element
            .send_keys(text)
            .await
            .map_err(|error| format!("typing into {id}: {error}").into())
    }

    /// The text of the element with this `data-testid`, as a person would read it, once there is any:
    /// what still slides in cannot be read yet.
    ///
    /// # Errors
    /// Where it does not come in time.
    pub async fn text(&self, id: &str) -> Outcome<String> {
        let mut look = tokio::time::interval(LOOK);
        let shown = async {
            loop {
                look.tick().await;
                let text = self.find(id).await?.text().await.unwrap_or_default();
                if !text.trim().is_empty() {
                    return Ok(text);
                }
            }
        };
        tokio::time::timeout(PATIENCE, shown)
            .await
            .map_err(|_| format!("reading {id}: it stays empty"))?
    }

    /// The number in `data-value` of the element with this `data-testid`, once it is at least `least`.
    ///
    /// # Errors
    /// Where it stays smaller, or is no number.
    pub async fn number(&self, id: &str, least: u64) -> Outcome<u64> {
        let mut look = tokio::time::interval(LOOK);
        let css = format!("[data-testid=\"{id}\"][data-value]");
        let grown = async {
            loop {
                look.tick().await;
                // The element may be drawn anew between finding and reading it: then look again.
                let value = self
                    .find_css(&css)
                    .await?
                    .attr("data-value")
                    .await
                    .unwrap_or_default();
                match value.map(|value| value.parse::<u64>()).transpose() {
                    Ok(Some(number)) if number >= least => return Ok(number),
                    Ok(_) => {}
                    Err(error) => return Err(format!("reading {id}: {error}").into()),
                }
            }
        };
        tokio::time::timeout(PATIENCE, grown)
            .await
            .map_err(|_| format!("waiting for {id} to reach {least}"))?
    }

    /// How many elements with this `data-testid` are drawn now.
    ///
    /// # Errors
    /// Where the window does not answer.
    pub async fn count(&self, id: &str) -> Outcome<usize> {
        Ok(self
            .client
            .find_all(Locator::Css(&format!("[data-testid=\"{id}\"]")))
            .await?
            .len())
    }

    /// Searches in the page of events, and answers how many events match.
    ///
    /// # Errors
    /// Where the table does not show the answer in time.
    pub async fn search(&self, query: &str) -> Outcome<u64> {
        self.click("nav-events").await?;
        self.fill("search-input", query).await?;
        self.find("search-input").await?.send_keys("\u{e007}").await?;
        // The total carries the query it counts, so that an older answer is never read.
        let css = format!(
            "[data-testid=\"events-total\"][data-value][data-query={}]",
            json!(query)
        );
        let total = self.find_css(&css).await?;
        Ok(total.attr("data-value").await?.unwrap_or_default().parse()?)
    }

    /// The wizard's first way: the platform inside this console, with the sample.
    ///
    /// # Errors
    /// Where a step does not appear, or the Overview does not come to show the sample.
    pub async fn use_this_computer(&self, email: &str, password: &str) -> Outcome<u64> {
        self.click("wizard-local").await?;
        self.fill("wizard-email", email).await?;
        self.fill("wizard-password", password).await?;
        self.fill("wizard-password-repeat", password).await?;
        let sample = self.find("wizard-sample").await?;
        if !sample.is_selected().await? {
            sample.click().await?;
        }
        self.click("wizard-finish").await?;
        self.number("overview-events", SAMPLE).await
    }

    /// The wizard's second way: a platform at an address, whose fingerprint is shown and accepted.
    ///
    /// # Errors
    /// Where a step does not appear, or the fingerprint shown is not `fingerprint`.
    pub async fn connect(&self, url: &str, fingerprint: &str, email: &str, password: &str) -> Outcome {
        self.click("wizard-connect").await?;
        self.fill("wizard-url", url).await?;
        self.click("wizard-probe").await?;
        let shown = self
            .find("wizard-fingerprint")
            .await?
            .attr("data-value")
            .await?
            .unwrap_or_default();
        if shown != fingerprint {
            return Err(
                format!("the wizard shows the fingerprint {shown}, the platform has {fingerprint}").into(),
            );
        }
        self.click("wizard-same").await?;
        self.click("wizard-trust").await?;
        self.fill("wizard-email", email).await?;
        self.fill("wizard-password", password).await?;
        self.click("wizard-signin").await?;
        self.find("nav-overview").await.map(drop)
    }

    /// Takes a picture after the next two frames.
    ///
    /// # Errors
    /// Where the window does not answer or the file cannot be written.
    pub async fn picture(&self, file: &Path) -> Outcome {
        self.client
            .execute_async(
                "const done = arguments[0];\
                 requestAnimationFrame(() => requestAnimationFrame(() => done(null)));",
                vec![],
            )
            .await?;
        let picture = self.client.screenshot().await?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, picture)
            .map_err(|error| format!("writing the picture {}: {error}", file.display()).into())
    }

    /// The driver's client, for what only one test does.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Closes the window, then the drivers; in this order nothing is left running.
    ///
    /// # Errors
    /// Where a process cannot be ended.
    pub async fn close(self) -> Outcome {
        self.client.clone().close().await?;
        self.gone().await
    }

    /// Ends the drivers of a window whose program has ended by itself.
    ///
    /// # Errors
    /// Where a process cannot be ended.
    pub async fn gone(mut self) -> Outcome {
        if let Some(id) = self.driver.id() {
            Command::new("kill")
                .args(["-TERM", &id.to_string()])
                .status()
                .await?;
        }
        self.driver.wait().await?;
        Ok(())
    }
}

/// The program of this name that was built beside the running one.
///
/// # Errors
/// Where it was not built.
pub fn built(name: &str) -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own
        .ancestors()
        .skip(1)
        .find(|folder| folder.file_name().is_none_or(|last| last != "deps"));
    let program = folder.map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)));
    match program {
        Some(program) if program.is_file() => Ok(program),
        _ => Err(format!("{name} is not built; ./test and ./run build it").into()),
    }
}

/// A port that nobody uses now.
///
/// # Errors
/// Where there is none.
pub fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Waits until somebody listens on a port of this computer.
///
/// # Errors
/// Where nobody does in time.
pub async fn listening(port: u16) -> Outcome {
    let mut knock = tokio::time::interval(KNOCK);
    let answered = async {
        loop {
            knock.tick().await;
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(START, answered)
        .await
        .map_err(|_| format!("nobody listens on port {port} after {START:?}").into())
}
