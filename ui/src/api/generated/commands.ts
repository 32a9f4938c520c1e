// Generated from crates/desk/src/commands.rs. Do not edit.
import type { ApiKeyRef } from "./ApiKeyRef";
import type { ApiKeysView } from "./ApiKeysView";
import type { CertificateAccept } from "./CertificateAccept";
import type { CertificateLook } from "./CertificateLook";
import type { ChartRequest } from "./ChartRequest";
import type { ChartSaved } from "./ChartSaved";
import type { Code } from "./Code";
import type { ColumnsChoice } from "./ColumnsChoice";
import type { DesktopState } from "./DesktopState";
import type { DetailRequest } from "./DetailRequest";
import type { EndedSessions } from "./EndedSessions";
import type { EventDetail } from "./EventDetail";
import type { ExportPlace } from "./ExportPlace";
import type { ExportRequest } from "./ExportRequest";
import type { Histogram } from "./Histogram";
import type { HistogramRequest } from "./HistogramRequest";
import type { Job } from "./Job";
import type { JobRef } from "./JobRef";
import type { LedgerView } from "./LedgerView";
import type { LinkReply } from "./LinkReply";
import type { LookRequest } from "./LookRequest";
import type { MadeApiKey } from "./MadeApiKey";
import type { NewApiKey } from "./NewApiKey";
import type { OlderRequest } from "./OlderRequest";
import type { OlderView } from "./OlderView";
import type { Overview } from "./Overview";
import type { OverviewRequest } from "./OverviewRequest";
import type { ProbeReply } from "./ProbeReply";
import type { ProbeRequest } from "./ProbeRequest";
import type { ProfileKeep } from "./ProfileKeep";
import type { ProfileName } from "./ProfileName";
import type { ProfileRef } from "./ProfileRef";
import type { ProfileRemove } from "./ProfileRemove";
import type { ProfileRemoved } from "./ProfileRemoved";
import type { ProfileRow } from "./ProfileRow";
import type { ProofRequest } from "./ProofRequest";
import type { ProofSaved } from "./ProofSaved";
import type { QueryCheck } from "./QueryCheck";
import type { QueryField } from "./QueryField";
import type { RecentNote } from "./RecentNote";
import type { SampleReply } from "./SampleReply";
import type { SavedDraft } from "./SavedDraft";
import type { SavedOrder } from "./SavedOrder";
import type { SavedRef } from "./SavedRef";
import type { SavedSearch } from "./SavedSearch";
import type { SavedView } from "./SavedView";
import type { SearchReply } from "./SearchReply";
import type { SearchRequest } from "./SearchRequest";
import type { SessionRef } from "./SessionRef";
import type { SessionRow } from "./SessionRow";
import type { SessionsRequest } from "./SessionsRequest";
import type { Settings } from "./Settings";
import type { SetupLocal } from "./SetupLocal";
import type { SignIn } from "./SignIn";
import type { Status } from "./Status";

/** Every command of the console: what it takes and what it gives. */
export type Commands = {
  status: { request: null; reply: Status };
  setup_local: { request: SetupLocal; reply: Status };
  probe: { request: ProbeRequest; reply: ProbeReply };
  certificate_look: { request: LookRequest; reply: CertificateLook | null };
  certificate_accept: { request: CertificateAccept; reply: Status };
  local_platform: { request: null; reply: ProbeReply | null };
  sign_in: { request: SignIn; reply: Status };
  sign_out: { request: null; reply: Status };
  load_sample: { request: null; reply: SampleReply };
  sync_now: { request: null; reply: Status };
  verify_now: { request: null; reply: Status };
  profiles: { request: null; reply: Array<ProfileRow> };
  profile_use: { request: ProfileRef; reply: Status };
  profile_rename: { request: ProfileName; reply: Array<ProfileRow> };
  profile_keep: { request: ProfileKeep; reply: Array<ProfileRow> };
  profile_sign_out: { request: ProfileRef; reply: Array<ProfileRow> };
  profile_remove: { request: ProfileRemove; reply: ProfileRemoved };
  keyring_retry: { request: null; reply: Status };
  overview: { request: OverviewRequest; reply: Overview };
  events_search: { request: SearchRequest; reply: SearchReply };
  events_histogram: { request: HistogramRequest; reply: Histogram };
  older_search: { request: OlderRequest; reply: OlderView };
  older: { request: null; reply: OlderView };
  older_stop: { request: null; reply: OlderView };
  event_detail: { request: DetailRequest; reply: EventDetail };
  query_check: { request: QueryCheck; reply: null };
  query_fields: { request: null; reply: Array<QueryField> };
  events_export: { request: ExportRequest; reply: Job };
  export_place: { request: null; reply: ExportPlace };
  chart_save: { request: ChartRequest; reply: ChartSaved };
  saved: { request: null; reply: SavedView };
  saved_put: { request: SavedDraft; reply: SavedSearch };
  saved_delete: { request: SavedRef; reply: null };
  saved_order: { request: SavedOrder; reply: null };
  recent_note: { request: RecentNote; reply: null };
  recent_clear: { request: null; reply: null };
  columns_set: { request: ColumnsChoice; reply: null };
  jobs: { request: null; reply: Array<Job> };
  job_cancel: { request: JobRef; reply: null };
  job_forget: { request: JobRef; reply: null };
  ledger: { request: null; reply: LedgerView };
  verify_start: { request: null; reply: Job };
  proof_save: { request: ProofRequest; reply: ProofSaved };
  api_keys: { request: null; reply: ApiKeysView };
  api_key_create: { request: NewApiKey; reply: MadeApiKey };
  api_key_revoke: { request: ApiKeyRef; reply: null };
  sessions: { request: SessionsRequest; reply: Array<SessionRow> };
  session_end: { request: SessionRef; reply: null };
  sessions_end_others: { request: null; reply: EndedSessions };
  link_take: { request: null; reply: LinkReply };
  desktop_state: { request: null; reply: DesktopState };
  settings_get: { request: null; reply: Settings };
  settings_set: { request: Settings; reply: Settings };
};

export const COMMANDS = [
  "status",
  "setup_local",
  "probe",
  "certificate_look",
  "certificate_accept",
  "local_platform",
  "sign_in",
  "sign_out",
  "load_sample",
  "sync_now",
  "verify_now",
  "profiles",
  "profile_use",
  "profile_rename",
  "profile_keep",
  "profile_sign_out",
  "profile_remove",
  "keyring_retry",
  "overview",
  "events_search",
  "events_histogram",
  "older_search",
  "older",
  "older_stop",
  "event_detail",
  "query_check",
  "query_fields",
  "events_export",
  "export_place",
  "chart_save",
  "saved",
  "saved_put",
  "saved_delete",
  "saved_order",
  "recent_note",
  "recent_clear",
  "columns_set",
  "jobs",
  "job_cancel",
  "job_forget",
  "ledger",
  "verify_start",
  "proof_save",
  "api_keys",
  "api_key_create",
  "api_key_revoke",
  "sessions",
  "session_end",
  "sessions_end_others",
  "link_take",
  "desktop_state",
  "settings_get",
  "settings_set",
] as const satisfies readonly (keyof Commands)[];

/** Every code of a Problem; each has a translation. */
export const CODES = [
  "invalid_request",
  "invalid_query",
  "not_signed_in",
  "wrong_credentials",
  "session_ended",
  "denied",
  "not_found",
  "method_not_allowed",
  "conflict",
  "too_large",
  "unsupported_media",
  "idempotency_mismatch",
  "too_many_attempts",
  "internal",
  "busy",
  "unreachable",
  "not_a_platform",
  "key_changed",
  "ledger_broken",
  "no_keyring",
  "cache_failed",
  "file_failed",
  "disk_full",
  "no_embedded_platform",
  "certificate_unknown",
  "certificate_changed",
  "certificate_expired",
  "certificate_name",
  "certificate_invalid",
  "copy_damaged",
] as const satisfies readonly Code[];

/** What `desk:changed` names. */
export type Topic = "status" | "events" | "settings" | "jobs" | "saved" | "older" | "profiles" | "desktop";
