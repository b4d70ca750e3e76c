//! A plugin that is called from Python: what its WIT says, one module for each interface it exports.
mod bad;
mod counters;
mod crm;
mod markdown;
mod state;
mod values;

wit_bindgen::generate!({ path: "wit", world: "plugin" });

struct Plugin;

export!(Plugin);

impl Guest for Plugin {
    fn add(a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }

    fn render(markdown: String) -> String {
        markdown::html(&markdown)
    }

    fn greet(name: Option<String>) -> String {
        format!("Hello, {}!", name.as_deref().unwrap_or("stranger"))
    }

    fn divide(a: f64, b: f64) -> Result<f64, String> {
        if b == 0.0 { Err("division by zero".into()) } else { Ok(a / b) }
    }
}
