use example::greeter::directory;

wit_bindgen::generate!({ path: "wit" });

struct Plugin;

export!(Plugin);

impl Guest for Plugin {
    fn greet(key: String) -> Result<String, String> {
        let person = directory::find(&key)?;
        Ok(match person.city {
            Some(city) => format!("Hello {}, how is {city}?", person.name),
            None => format!("Hello {}!", person.name),
        })
    }
}
