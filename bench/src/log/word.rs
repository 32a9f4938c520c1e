//! The words of the generated log. Lengths matter: with these a line has 397 bytes on average.

/// A kind, how often it comes, and what the application says of it.
pub struct KindOf {
    /// Its name in Vigia's catalogue.
    pub name: &'static str,
    /// Of a thousand events.
    pub per_mille: u64,
    /// Its usual level.
    pub level: &'static str,
    /// Its level once in fifty times.
    pub seldom: &'static str,
    /// How its message begins.
    pub verb: &'static str,
}

const fn kind(
    name: &'static str,
    per_mille: u64,
    level: &'static str,
    seldom: &'static str,
    verb: &'static str,
) -> KindOf {
    KindOf {
        name,
        per_mille,
        level,
        seldom,
        verb,
    }
}

/// The kinds.
pub const KINDS: [KindOf; 12] = [
    kind("data.record.read", 300, "info", "warn", "read the"),
    kind(
        "auth.login.succeeded",
        170,
        "info",
        "warn",
        "signed in to see the",
    ),
    kind("data.record.updated", 140, "info", "warn", "updated the"),
    kind(
        "auth.login.failed",
        90,
        "warn",
        "error",
        "wrong password before the",
    ),
    kind("data.record.created", 80, "info", "warn", "created the"),
    kind(
        "auth.logout.succeeded",
        70,
        "info",
        "warn",
        "signed out after the",
    ),
    kind(
        "auth.token.expired",
        50,
        "warn",
        "error",
        "token expired while reading the",
    ),
    kind(
        "access.request.denied",
        35,
        "error",
        "critical",
        "no permission for the",
    ),
    kind(
        "account.password.changed",
        25,
        "warn",
        "error",
        "password changed before the",
    ),
    kind("data.record.deleted", 20, "warn", "error", "deleted the"),
    kind(
        "user.role.changed",
        12,
        "error",
        "critical",
        "role changed for the",
    ),
    kind("data.subject.exported", 8, "warn", "critical", "exported the"),
];

/// The services, the busiest first.
pub const SERVICES: [&str; 20] = [
    "gateway",
    "billing",
    "accounts",
    "orders",
    "catalogue",
    "payments",
    "search",
    "reports",
    "mailer",
    "inventory",
    "shipping",
    "support",
    "profiles",
    "contracts",
    "scheduler",
    "imports",
    "exports",
    "webhooks",
    "archive",
    "backoffice",
];

/// Given names.
pub const FIRST_NAMES: [&str; 20] = [
    "ana", "bruno", "carla", "diego", "elisa", "fabio", "gabriela", "hugo", "isabel", "joao", "karen",
    "lucas", "maria", "nadia", "otavio", "paula", "rafael", "sofia", "tiago", "vera",
];
/// Family names.
pub const LAST_NAMES: [&str; 16] = [
    "almeida", "barbosa", "cardoso", "dias", "esteves", "ferreira", "gomes", "lima", "martins", "nunes",
    "oliveira", "pereira", "ribeiro", "santos", "teixeira", "vieira",
];
/// Names of mail servers.
pub const DOMAINS: [&str; 3] = ["example.com", "example.org", "example.net"];
/// Countries, by network.
pub const COUNTRIES: [&str; 12] = [
    "BR", "PT", "US", "DE", "AR", "ES", "FR", "MX", "CL", "GB", "JP", "IN",
];
/// How somebody was recognised.
pub const METHODS: [&str; 6] = ["password", "passkey", "sso", "totp", "api-key", "cookie"];
/// What the object of a message is like.
pub const STATES: [&str; 12] = [
    "overdue",
    "approved",
    "pending",
    "archived",
    "shared",
    "draft",
    "signed",
    "rejected",
    "monthly",
    "duplicate",
    "corrected",
    "final",
];
/// What a message is about.
pub const OBJECTS: [&str; 24] = [
    "invoice",
    "contract",
    "shipment",
    "customer",
    "payment",
    "refund",
    "product",
    "price list",
    "report",
    "campaign",
    "ticket",
    "budget",
    "receipt",
    "delivery",
    "warehouse",
    "supplier",
    "employee",
    "schedule",
    "statement",
    "transfer",
    "discount",
    "quotation",
    "inventory",
    "subscription",
];
/// What came of it.
pub const CONSEQUENCES: [&str; 16] = [
    "nothing else changed",
    "the owner was told",
    "a copy was kept",
    "the cache was emptied",
    "the next step is open",
    "two fields are empty",
    "the total has changed",
    "by the slow path",
    "the queue was full",
    "an older one stays",
    "the limit was raised",
    "a reminder was set",
    "the amount was rounded",
    "with a warning",
    "it goes on at night",
    "no reference",
];
/// What people use.
pub const AGENTS: [&str; 30] = [
    "Mozilla/5.0 (Windows NT 10.0; x64) Chrome/138.0",
    "Mozilla/5.0 (Windows NT 10.0; x64) Chrome/137.0",
    "Mozilla/5.0 (Windows NT 10.0; x64) Chrome/136.0",
    "Mozilla/5.0 (Windows NT 10.0; x64; rv:140.0) Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; x64; rv:139.0) Firefox/139.0",
    "Mozilla/5.0 (Windows NT 10.0; x64) Chrome/138.0 Edg/138.0",
    "Mozilla/5.0 (Windows NT 10.0; x64) Chrome/137.0 Edg/137.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.4 Safari",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/138.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Firefox/140.0",
    "Mozilla/5.0 (X11; Linux x86_64) Chrome/138.0",
    "Mozilla/5.0 (X11; Linux x86_64) Chrome/137.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:139.0) Firefox/139.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) Mobile Safari",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4) Mobile Safari",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7) Mobile Safari",
    "Mozilla/5.0 (iPad; CPU OS 18_5) Mobile Safari",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/138.0 Mobile",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/138.0 Mobile",
    "Mozilla/5.0 (Linux; Android 15; SM-S931B) Chrome/137.0 Mobile",
    "Mozilla/5.0 (Linux; Android 14; SM-A556E) Chrome/138.0 Mobile",
    "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
    "okhttp/5.0.0-alpha.16 (mobile application 4.12.1, build 20260611)",
    "python-requests/2.32.4 (reporting jobs)",
    "curl/8.14.1",
    "Go-http-client/2.0 (scheduler)",
    "PostmanRuntime/7.44.1",
    "Dart/3.8 (dart:io) mobile application 4.12.0",
];
