//! The desktop shell: windows, tray, one thin command file per noun. Nothing else.
