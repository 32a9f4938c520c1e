//! The description of the API: `GET /v1/openapi.json`, and a page to read it at `/docs`. The page's
//! files are part of the binary; nothing is fetched from elsewhere.

mod complete;

pub use complete::{complete, examples};

use axum::Json;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What is said of the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vigia platform",
        description = "Events go in, the log comes out with its proof. Every failure is a problem of RFC 9457 with a closed code.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(vigia_wire::Problem, vigia_wire::Code)),
    modifiers(&Bearer)
)]
pub struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An access token (JWT) or an API key (`vgk_…`)."))
            .build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The OpenAPI document of this platform.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "about",
    responses((status = 200, description = "OpenAPI 3.1.", content_type = "application/json")))]
pub async fn openapi() -> Json<serde_json::Value> {
    Json(crate::router::openapi())
}

/// The page.
pub fn page() -> SwaggerUi {
    SwaggerUi::new("/docs").config(Config::from("/v1/openapi.json"))
}
