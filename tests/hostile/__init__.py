"""What a hostile guest, client or file must not achieve."""
