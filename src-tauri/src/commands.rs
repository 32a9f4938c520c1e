//! The console's commands, one thin file per noun: each hands its request on and its reply back.
//!
//! The list of names is the desk's (`vigia_desk::commands::NAMES`); a test compares it with this
//! handler and with the permissions. Deliberately absent: any decision.

mod access;
mod chart;
mod desktop;
mod event;
mod export;
mod job;
mod ledger;
mod older;
mod overview;
mod profile;
mod saved;
mod settings;
mod setup;
mod status;

/// Every command of the window.
pub fn handler() -> impl Fn(tauri::ipc::Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        status::status,
        status::sync_now,
        status::verify_now,
        setup::setup_local,
        setup::probe,
        setup::certificate_look,
        setup::certificate_accept,
        setup::local_platform,
        setup::sign_in,
        setup::sign_out,
        setup::load_sample,
        profile::profiles,
        profile::profile_use,
        profile::profile_rename,
        profile::profile_keep,
        profile::profile_sign_out,
        profile::profile_remove,
        profile::keyring_retry,
        overview::overview,
        event::events_search,
        event::events_histogram,
        older::older_search,
        older::older,
        older::older_stop,
        event::event_detail,
        event::query_check,
        event::query_fields,
        chart::chart_save,
        export::events_export,
        export::export_place,
        saved::saved,
        saved::saved_put,
        saved::saved_delete,
        saved::saved_order,
        saved::recent_note,
        saved::recent_clear,
        saved::columns_set,
        job::jobs,
        job::job_cancel,
        job::job_forget,
        ledger::ledger,
        ledger::verify_start,
        ledger::proof_save,
        access::api_keys,
        access::api_key_create,
        access::api_key_revoke,
        access::sessions,
        access::session_end,
        access::sessions_end_others,
        desktop::link_take,
        desktop::desktop_state,
        settings::settings_get,
        settings::settings_set,
    ]
}
