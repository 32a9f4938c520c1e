//! The only place where an error becomes what a client sees (RFC 9457).
//!
//! A handler's error travels as a [`Problem`] in the response's extensions; [`finish`] gives it the
//! request's id and its body. Whatever else answers with a failing status (a missing route, a body
//! limit, a timeout, a panic) becomes a problem there too. Internals are logged once, here, and
//! never leave.

use crate::Error;
use axum::Json;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use std::any::Any;
use vigia_query::QueryError;
use vigia_wire::problem::{Code, Problem};

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Seconds after which a busy platform is worth asking again.
const BUSY_SECONDS: u32 = 2;

/// The same of one whose data was moved away.
const MOVED_SECONDS: u32 = 30;

/// What a client learns of an internal failure.
const FAILED: &str = "The request failed on the platform's side; its log knows more under the request's id.";

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let plain = |code: Code| Self::new(code, error.to_string());
        match error {
            Error::NotSignedIn | Error::BadToken(_) => plain(Code::NotSignedIn),
            Error::WrongCredentials => plain(Code::WrongCredentials),
            Error::SessionEnded => plain(Code::SessionEnded),
            Error::Denied(_) => plain(Code::Denied),
            Error::NotFound(_) => plain(Code::NotFound),
            Error::Field { name, reason } => plain(Code::InvalidRequest).field(name, reason.clone()),
            Error::Query(error) => of_query(error),
            Error::TooLarge | Error::TooMuch(_) => plain(Code::TooLarge),
            Error::SampleThere => plain(Code::Conflict),
            Error::UnsupportedMedia(_) => plain(Code::UnsupportedMedia),
            Error::TooManyAttempts { seconds } => plain(Code::TooManyAttempts).retry_after(*seconds),
            Error::Busy | Error::Stopping => plain(Code::Busy).retry_after(BUSY_SECONDS),
            Error::BodyCut { .. } => plain(Code::InvalidRequest),
            Error::Store(store) => from_store(store),
            Error::Random(_)
            | Error::Hashing
            | Error::Signing(_)
            | Error::Encoding { .. }
            | Error::Io { .. }
            | Error::Certificate(_)
            | Error::Broken { .. } => Self::new(Code::Internal, FAILED),
        }
    }
}

fn of_query(error: &QueryError) -> Problem {
    let problem = Problem::new(Code::InvalidQuery, error.to_string()).field("q", error.to_string());
    match error {
        QueryError::UnknownField { name, nearest } => {
            problem.field("unknown", name).field("nearest", nearest)
        }
        _ => problem,
    }
}

fn from_store(error: &vigia_store::Error) -> Problem {
    use vigia_store::Error as Store;
    let code = match error {
        Store::Busy | Store::Locked { .. } | Store::DiskFull { .. } | Store::Closed => Code::Busy,
        // It grows elsewhere: whoever sends tries again, and reaches the new server.
        Store::Moved { .. } => {
            let words = "this platform was moved to another database; its server is to be started there";
            return Problem::new(Code::Busy, words).retry_after(MOVED_SECONDS);
        }
        Store::Conflict { .. } | Store::EmailTaken => Code::Conflict,
        Store::IdempotencyMismatch => Code::IdempotencyMismatch,
        Store::OutOfScope(_) | Store::NotPermitted(_) => Code::Denied,
        Store::OutOfRange(_) | Store::Reserved => Code::InvalidRequest,
        Store::NobodyKnown => Code::NotFound,
        Store::TooLarge { .. } => Code::TooLarge,
        _ => return Problem::new(Code::Internal, FAILED),
    };
    let problem = Problem::new(code, error.to_string());
    if code == Code::Busy {
        problem.retry_after(BUSY_SECONDS)
    } else {
        problem
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem = Problem::from(&self);
        if problem.code == Code::Internal {
            tracing::error!(error = %self, cause = cause(&self), "request failed");
        }
        respond(problem)
    }
}

/// The chain of causes, for the operator's log.
#[must_use]
pub fn cause(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(source) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

fn respond(problem: Problem) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.extensions_mut().insert(problem);
    response
}

/// A handler panicked: the client learns no more than that the platform failed.
#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
pub fn of_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = words.unwrap_or("without words"), "a handler panicked");
    respond(Problem::new(Code::Internal, FAILED))
}

/// Writes the body of a failing answer.
pub fn finish(mut response: Response, request_id: &str) -> Response {
    let carried = response.extensions_mut().remove::<Problem>();
    let status = response.status();
    let json = HeaderValue::from_static("application/json");
    if carried.is_none() && response.headers().get(CONTENT_TYPE) == Some(&json) {
        // A reply of ours that fails on purpose: not ready, and why.
        return response;
    }
    let Some(mut problem) = carried.or_else(|| of_status(status)) else {
        return response;
    };
    request_id.clone_into(&mut problem.request_id);
    let allow = response.headers_mut().remove(axum::http::header::ALLOW);
    let (status, wait) = (problem.status, problem.retry_after);
    let mut answer = Json(problem).into_response();
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    if let Some(seconds) = wait {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = allow {
        headers.insert(axum::http::header::ALLOW, allow);
    }
    if status == 401 {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}

/// A failing status that no handler of ours gave.
fn of_status(status: StatusCode) -> Option<Problem> {
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => (Code::NotFound, "There is nothing at this path."),
        StatusCode::METHOD_NOT_ALLOWED => (Code::MethodNotAllowed, "See the header Allow."),
        StatusCode::PAYLOAD_TOO_LARGE => (Code::TooLarge, "The body is larger than is taken here."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (Code::UnsupportedMedia, "Send application/json."),
        StatusCode::SERVICE_UNAVAILABLE => (Code::Busy, "The request took too long."),
        status if status.is_client_error() => (Code::InvalidRequest, "The request is not understood."),
        status if status.is_server_error() => (Code::Internal, FAILED),
        _ => return None,
    };
    let problem = Problem::new(code, detail);
    Some(if code == Code::Busy {
        problem.retry_after(BUSY_SECONDS)
    } else {
        problem
    })
}
