// Two (Ada <ada@example.com>)
fn nothing() {}
