//! Extractors whose refusals are problems of the closed list.

use crate::Error;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// A JSON body.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let read = axum::Json::<T>::from_request(request, state).await;
        read.map(|axum::Json(value)| Self(value))
            .map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
                StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                    Error::UnsupportedMedia("application/json is taken here")
                }
                _ => of_body(&rejection),
            })
    }
}

/// The words of serde name the field and the type, never the value of a secret: only types that
/// hold none are parsed further than strings.
fn of_body(rejection: &JsonRejection) -> Error {
    let reason = match rejection {
        JsonRejection::JsonSyntaxError(_) => "is not JSON".to_owned(),
        JsonRejection::JsonDataError(_) => "does not have the fields that this operation takes".to_owned(),
        _ => "could not be read".to_owned(),
    };
    Error::Field { name: "body", reason }
}

/// Parameters after the question mark; unknown ones are refused by the type.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let read = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        let refused = |rejection: QueryRejection| Error::Field {
            name: "query",
            reason: rejection.body_text(),
        };
        read.map(|axum::extract::Query(value)| Self(value))
            .map_err(refused)
    }
}

/// Parts of the path; what does not parse is not there.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let missing = |_: PathRejection| Error::NotFound("nothing");
        read.map(|axum::extract::Path(value)| Self(value))
            .map_err(missing)
    }
}
