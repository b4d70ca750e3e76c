//! Lists every interface that `wit/` describes, with its version and the first thing in it that a linker would have: what the
//! platform links is asked for by these names.

use std::collections::BTreeSet;
use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};

const WIT: &str = "../../wit";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed={WIT}");
    let mut names: BTreeSet<(String, String)> = BTreeSet::new();
    collect(Path::new(WIT), &mut names)?;
    let listed: String = names.iter().map(|named| format!("    {named:?},\n")).collect();
    let out = std::env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("interfaces.rs"), format!("&[\n{listed}]\n"))
}

/// A package may be spread over the files of its folder, of which one names it.
fn collect(folder: &Path, names: &mut BTreeSet<(String, String)>) -> Result<()> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, names)?;
        } else if path.extension().is_some_and(|extension| extension == "wit") {
            texts.push(fs::read_to_string(&path)?);
        }
    }
    let shared = texts.iter().find_map(|text| package(text));
    for text in &texts {
        let Some((package, version)) = package(text).or(shared) else { continue };
        let found = interfaces(text).into_iter();
        names.extend(found.map(|(interface, item)| (format!("{package}/{interface}{version}"), item)));
    }
    Ok(())
}

/// `package wasi:cli@0.2.12;` → `wasi:cli`, `@0.2.12`.
fn package(text: &str) -> Option<(&str, &str)> {
    let name = text.lines().find_map(|line| line.trim().strip_prefix("package ")?.strip_suffix(';'))?.trim();
    Some(name.split_at(name.find('@').unwrap_or(name.len())))
}

/// Each interface with its first resource or function; one that has only types is nothing to link.
fn interfaces(text: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut waiting = None;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("interface ") {
            waiting = Some(word(name));
        } else if let (Some(interface), Some(item)) = (waiting, item(line)) {
            found.push((interface, item.to_owned()));
            waiting = None;
        }
    }
    found
}

fn item(line: &str) -> Option<&str> {
    if let Some(name) = line.strip_prefix("resource ") {
        return Some(word(name));
    }
    let (name, kind) = line.split_once(':')?;
    let kind = kind.trim_start();
    let is_func = kind.strip_prefix("async ").unwrap_or(kind).starts_with("func");
    (is_func && !name.starts_with("//")).then(|| word(name))
}

fn word(text: &str) -> &str {
    let text = text.trim_start_matches('%');
    text.split(|character: char| !character.is_alphanumeric() && character != '-').next().unwrap_or_default()
}
