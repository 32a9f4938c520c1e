/** Style sheets are imported for their effect. */
/// <reference types="vite/client" />
