//! `vigia-testhost`: the window's UI in a browser, against the same console as in the real window.
//!
//! Loopback only, one token for its life, an embedded platform in a folder of its own, secrets in
//! memory. It serves the built UI, `POST /command/{name}` and `GET /changes` (server-sent events).
//! The first line it prints is its address. Lines on its standard input act on the world outside
//! the console, each answered by `done`: `offline`, `online`, `tamper`, `link vigia://…`, `quit`; its
//! end ends it.
//! A test tool: nothing of it is in any program that is shipped.

mod world;

use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::path::{Component, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::sync::RwLock;
use vigia_desk::link::Link;
use vigia_desk::view::setup::SetupLocal;
use vigia_desk::{Console, Topic, commands};
use vigia_wire::Problem;
use world::{Outcome, World};

/// The administrator of `--ready`.
const EMAIL: &str = "ana@example.com";
/// Their password.
const PASSWORD: &str = "janela azul 42";
/// The same as in the real window, but for Tauri's own channel.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

struct Host {
    console: Arc<RwLock<Console>>,
    token: String,
    ui: PathBuf,
}

struct Flags {
    ui: PathBuf,
    ready: bool,
    sample: bool,
}

fn flags() -> Outcome<Flags> {
    let mut flags = Flags {
        ui: vigia_tests::root().join("ui/dist"),
        ready: false,
        sample: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--ui" => flags.ui = arguments.next().ok_or("--ui needs a folder")?.into(),
            "--ready" => flags.ready = true,
            "--sample" => (flags.ready, flags.sample) = (true, true),
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    Ok(flags)
}

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "the test driver reads the address and the answers"
)]
async fn main() -> Outcome<()> {
    let flags = flags()?;
    let mut world = World::begin().await?;
    if flags.ready {
        let (email, password) = (EMAIL.to_owned(), PASSWORD.to_owned());
        let console = world.console.read().await;
        console
            .setup_local(SetupLocal {
                email,
                password,
                sample: flags.sample,
            })
            .await?;
    }
    let token = hex::encode(vigia_server::edge::random::<16>()?);
    let host = Arc::new(Host {
        console: Arc::clone(&world.console),
        token: token.clone(),
        ui: flags.ui,
    });
    let router = Router::new()
        .route("/command/{name}", post(command))
        .route("/changes", get(changes))
        .fallback(get(file))
        .layer(from_fn(guard))
        .with_state(host);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/?token={token}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let platform = world.platform();
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(answer) = world.act(&line).await? {
            println!("{answer}");
            continue;
        }
        let console = world.console.read().await.clone();
        match line.trim() {
            "offline" => console.stop_platform().await,
            "online" => console.start_platform().await?,
            "tamper" => {
                // The sample's first entries: what came before them is Vigia's own.
                vigia_tests::tamper::change_one_byte(&platform, 12)
                    .await
                    .map_err(|error| error.to_string())?;
            }
            link if link.starts_with("link ") => {
                console.open_link(Link::parse(link.trim_start_matches("link "))?);
            }
            "quit" => break,
            other => return Err(format!("unknown line {other}").into()),
        }
        println!("done");
    }
    world.console.read().await.close().await;
    Ok(())
}

/// Only this machine's own names, so that no page elsewhere reaches in by DNS; and the headers of
/// the real window.
async fn guard(request: Request, next: Next) -> Response {
    let name = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
    if !matches!(name, "127.0.0.1" | "localhost") {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    let mut response = next.run(request).await;
    let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn answer(outcome: Result<Value, Problem>) -> Response {
    match outcome {
        Ok(reply) => Json(reply).into_response(),
        Err(problem) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Json(problem)).into_response()
        }
    }
}

async fn command(
    State(host): State<Arc<Host>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if headers
        .get("x-vigia-token")
        .is_none_or(|token| token.as_bytes() != host.token.as_bytes())
    {
        return StatusCode::FORBIDDEN.into_response();
    }
    let request = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let console = host.console.read().await.clone();
    answer(commands::dispatch(&console, &name, request).await)
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

async fn changes(State(host): State<Arc<Host>>, Query(given): Query<Token>) -> Response {
    if given.token != host.token {
        return StatusCode::FORBIDDEN.into_response();
    }
    let news = futures::stream::unfold(host.console.read().await.changes(), |mut changes| async move {
        let topic = match changes.recv().await {
            Ok(topic) => vec![topic.as_str()],
            // Whoever is too slow asks for everything again.
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {
                Topic::ALL.iter().map(|topic| topic.as_str()).collect()
            }
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return None,
        };
        let event = Event::default().data(json!({ "topics": topic }).to_string());
        Some((Ok::<_, Infallible>(event), changes))
    });
    Sse::new(news).keep_alive(KeepAlive::default()).into_response()
}

/// A file of the built UI; any other path is a page of it.
async fn file(State(host): State<Arc<Host>>, request: Request) -> Response {
    let asked = PathBuf::from(request.uri().path().trim_start_matches('/'));
    let plain = asked
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let mut path = host.ui.join(if plain { asked } else { PathBuf::new() });
    if !path.is_file() {
        path = host.ui.join("index.html");
    }
    let Ok(bytes) = tokio::fs::read(&path).await else {
        return (StatusCode::NOT_FOUND, "the UI is not built: npm run build in ui/").into_response();
    };
    let kind = match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    ([(header::CONTENT_TYPE, kind)], bytes).into_response()
}
