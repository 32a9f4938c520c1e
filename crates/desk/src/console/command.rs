//! The commands that the window and the test host call, each in the name of `commands.rs`.

use super::{Console, Topic};
use crate::desk::Desk;
use crate::view::event::{
    DetailRequest, EventDetail, Histogram, HistogramRequest, QueryCheck, QueryField, SearchReply,
    SearchRequest,
};
use crate::view::overview::{Overview, OverviewRequest};
use crate::view::settings::Settings;
use crate::view::setup::{
    CertificateAccept, CertificateLook, LookRequest, ProbeReply, ProbeRequest, SampleReply, SetupLocal,
    SignIn,
};
use crate::view::status::Status;
use crate::{Error, query, search};
use vigia_wire::{Code, Problem};

/// The commands: one method each, in the order of `commands.rs`.
///
/// # Errors
/// Each gives a [`Problem`]; its code says what kind.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
impl Console {
    /// Where the console stands.
    pub async fn status(&self) -> Result<Status, Problem> {
        self.status_now().await.map_err(|error| error.problem())
    }

    /// Starts the platform inside this console, with its administrator, and signs in.
    pub async fn setup_local(&self, request: SetupLocal) -> Result<Status, Problem> {
        let told = |error: Error| error.problem();
        let url = self.begin_embedded(&request).await.map_err(told)?;
        // This process made the key a moment ago, so there is nobody to ask whether it is right.
        let (_, key) = self.ask(&url, None).await.map_err(told)?;
        let sign_in = SignIn {
            url: Some(url),
            email: request.email,
            password: request.password,
            fingerprint: Some(key.fingerprint),
            how: None,
            tls: None,
        };
        self.sign_in_to(sign_in, true).await.map_err(told)?;
        if request.sample {
            self.load_sample().await?;
        }
        self.sync_now().await
    }

    /// Asks a platform for its name and fingerprint.
    pub async fn probe(&self, request: ProbeRequest) -> Result<ProbeReply, Problem> {
        let (client, key) = self
            .ask(&request.url, request.tls)
            .await
            .map_err(|error| error.problem())?;
        let health = client.health().await?;
        let url = client.address().to_owned();
        Ok(ProbeReply {
            url,
            origin: key.origin,
            fingerprint: key.fingerprint,
            version: health.version,
        })
    }

    /// Looks at the certificate at an address, and sends nothing; nothing where the address needs none.
    pub async fn certificate_look(&self, request: LookRequest) -> Result<Option<CertificateLook>, Problem> {
        let presented = vigia_client::tls::look(&request.url).await?;
        Ok(presented.map(|presented| CertificateLook {
            certificate: presented.certificate,
            problem: presented.problem,
        }))
    }

    /// Accepts the certificate that a platform presents now, if it is the one that somebody compared.
    pub async fn certificate_accept(&self, request: CertificateAccept) -> Result<Status, Problem> {
        let outcome = self.accept_certificate(request).await;
        outcome.map_err(|error| error.problem())?;
        self.tell(&[Topic::Status, Topic::Profiles]);
        self.status().await
    }

    /// The platform on this computer, where there is one already; it is started for that.
    pub async fn local_platform(&self) -> Result<Option<ProbeReply>, Problem> {
        let found = self.found_platform().await.map_err(|error| error.problem())?;
        match found {
            Some(url) => self.probe(ProbeRequest { url, tls: None }).await.map(Some),
            None => Ok(None),
        }
    }

    /// Signs in.
    pub async fn sign_in(&self, request: SignIn) -> Result<Status, Problem> {
        let embedded = self
            .is_embedded(request.url.as_deref())
            .await
            .map_err(|error| error.problem())?;
        let outcome = self.sign_in_to(request, embedded).await;
        self.tell(&[Topic::Status, Topic::Events, Topic::Profiles]);
        outcome.map_err(|error| error.problem())?;
        self.status().await
    }

    /// Signs out; the copy stays.
    pub async fn sign_out(&self) -> Result<Status, Problem> {
        let told = |error: Error| error.problem();
        let desk = self.desk().await.map_err(told)?;
        self.leave(&desk).await.map_err(told)?;
        self.tell(&[Topic::Status, Topic::Profiles]);
        self.status().await
    }

    /// Loads the sample into the platform.
    pub async fn load_sample(&self) -> Result<SampleReply, Problem> {
        let desk = self.desk().await.map_err(|error| error.problem())?;
        let access = desk.session.access().await.map_err(|error| error.problem())?;
        let loaded = desk.client.load_sample(&access).await?;
        Ok(SampleReply {
            events: loaded.events,
        })
    }

    /// Brings the copy level with the platform.
    pub async fn sync_now(&self) -> Result<Status, Problem> {
        let pulled = self.pull(|_| {}).await;
        if let Some(desk) = self.shown().await {
            // Whatever keeps it up to date need not wait any longer.
            desk.want();
        }
        pulled.map_err(|error| error.problem())?;
        self.status().await
    }

    /// Checks the copy and every entry of the platform again. A finding is an answer, not a failure:
    /// it stands in the status.
    pub async fn verify_now(&self) -> Result<Status, Problem> {
        match self.verify(|_| {}).await {
            Ok(()) | Err(Error::Broken(_)) => self.status().await,
            Err(error) => Err(error.problem()),
        }
    }

    /// Everything that the Overview draws.
    pub async fn overview(&self, request: OverviewRequest) -> Result<Overview, Problem> {
        let desk = self.desk().await.map_err(|error| error.problem())?;
        let drawn = search::overview::overview(&desk.cache, &request, desk.now()).await;
        drawn.map_err(|error| error.problem())
    }

    /// Some rows of a search.
    pub async fn events_search(&self, request: SearchRequest) -> Result<SearchReply, Problem> {
        let desk = self.desk().await.map_err(|error| error.problem())?;
        let found = search::search(&desk.cache, &request).await;
        found.map_err(|error| {
            self.mend_later(&desk, &error);
            error.problem()
        })
    }

    /// The histogram above the table.
    pub async fn events_histogram(&self, request: HistogramRequest) -> Result<Histogram, Problem> {
        let counted = async {
            let desk = self.desk().await?;
            let query = query::parse(&request.query)?;
            let zone = search::histogram::zone(&request.zone)?;
            let (range, now) = (request.range, desk.now());
            search::histogram::histogram(&desk.cache, &query, range, request.buckets, zone, now).await
        };
        counted.await.map_err(|error: Error| error.problem())
    }

    /// One event with its proof.
    pub async fn event_detail(&self, request: DetailRequest) -> Result<EventDetail, Problem> {
        let desk = self.desk().await.map_err(|error| error.problem())?;
        let detail = search::detail::detail(&desk.cache, &desk.trust, request.seq).await;
        detail_or_older(&desk, request.seq, detail)
            .await
            .map_err(|error| error.problem())
    }

    /// Whether a query is valid.
    pub async fn query_check(&self, request: QueryCheck) -> Result<(), Problem> {
        query::parse(&request.query)
            .map(|_| ())
            .map_err(|error| Error::Query(error).problem())
    }

    /// What may be searched, with the most frequent values of fields that have few.
    pub async fn query_fields(&self) -> Result<Vec<QueryField>, Problem> {
        let desk = self.shown().await;
        let cache = desk.as_ref().map(|desk| &desk.cache);
        search::fields(cache).await.map_err(|error| error.problem())
    }

    /// The settings.
    pub async fn settings_get(&self) -> Result<Settings, Problem> {
        self.0.home.settings().map_err(|error| error.problem())
    }

    /// Saves the settings.
    pub async fn settings_set(&self, request: Settings) -> Result<Settings, Problem> {
        if request.zone != "local" {
            search::histogram::zone(&request.zone).map_err(|error| error.problem())?;
        }
        self.0
            .home
            .save_settings(&request)
            .map_err(|error| error.problem())?;
        self.tell(&[Topic::Settings]);
        Ok(request)
    }
}

/// An entry before the copy's first one is fetched from the platform and proven here.
async fn detail_or_older(
    desk: &Desk,
    seq: u64,
    detail: Result<EventDetail, Error>,
) -> Result<EventDetail, Error> {
    match detail {
        Err(Error::Request(problem)) if problem.code == Code::NotFound => {
            if seq >= desk.cache.base().await?.size() {
                return Err(Error::Request(problem));
            }
            let proven = crate::older::prove(desk, seq).await?;
            search::detail::whole(&desk.cache, &desk.trust, &proven.stored, Some(proven.path)).await
        }
        detail => detail,
    }
}
