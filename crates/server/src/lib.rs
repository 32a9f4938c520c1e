//! The platform: routes, jobs, realtime. Also the binary vigia-platform.
