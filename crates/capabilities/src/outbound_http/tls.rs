//! Whom a guest's connection trusts, and who it says it is.

use atoll_engine::{Code, Problem};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// TLS of some components' connections to some hosts, one entry of `client_tls`. Files are PEM.
#[derive(Clone, Debug, Deserialize)]
pub struct ClientTls {
    pub component_ids: Vec<String>,
    /// Without ports.
    pub hosts: Vec<String>,
    #[serde(flatten)]
    pub roots: Roots,
    pub client_cert_file: Option<PathBuf>,
    pub client_private_key_file: Option<PathBuf>,
}

/// The authorities that are trusted.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Roots {
    /// Those of the operating system.
    #[serde(default)]
    pub ca_use_platform_roots: bool,
    /// Mozilla's, which are built in.
    #[serde(default)]
    pub ca_use_webpki_roots: bool,
    /// Further ones.
    pub ca_roots_file: Option<PathBuf>,
}

/// TLS of connections that no entry names: the built-in authorities, and those of `ca_file`.
pub(super) fn usual(ca_file: Option<&Path>) -> Result<ClientConfig, Problem> {
    let roots = Roots { ca_use_webpki_roots: true, ca_roots_file: ca_file.map(Path::to_path_buf), ..Roots::default() };
    config(&roots, None)
}

impl ClientTls {
    pub(super) fn config(&self) -> Result<ClientConfig, Problem> {
        config(&self.roots, self.client_cert_file.as_deref().zip(self.client_private_key_file.as_deref()))
    }
}

fn config(roots: &Roots, identity: Option<(&Path, &Path)>) -> Result<ClientConfig, Problem> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Problem::new(Code::EngineFailed, format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots.store()?);
    let Some((cert, key)) = identity else { return Ok(config.with_no_client_auth()) };
    let chain = certificates(cert, "client_cert_file")?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable("client_private_key_file", key, &error))?;
    config.with_client_auth_cert(chain, private).map_err(|error| unusable("client_private_key_file", key, &error))
}

impl Roots {
    fn store(&self) -> Result<RootCertStore, Problem> {
        let mut store = RootCertStore::empty();
        if self.ca_use_webpki_roots {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        if self.ca_use_platform_roots {
            // A system may hold certificates that no library reads; the others count.
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        if let Some(file) = &self.ca_roots_file {
            for certificate in certificates(file, "ca_roots_file")? {
                store.add(certificate).map_err(|error| unusable("ca_roots_file", file, &error))?;
            }
        }
        Ok(store)
    }
}

fn certificates(file: &Path, key: &str) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| unusable(key, file, &error))?;
    if found.is_empty() { Err(unusable(key, file, &"it holds no certificate")) } else { Ok(found) }
}

fn unusable(key: &str, file: &Path, why: &dyn Display) -> Problem {
    Problem::new(Code::EngineFailed, format!("`{}` cannot be used for TLS: {why}", file.display()))
        .hint("name a file in PEM")
        .at(key, file.display().to_string())
}
