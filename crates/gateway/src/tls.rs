//! TLS for clients: the certificate from its files, read again when they change.

use crate::logs::Logs;
use atoll_engine::error::{Code, Problem};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The part `tls` of the settings document.
#[derive(Clone, Debug, Deserialize)]
pub struct TlsSettings {
    /// PEM: the server's certificate first, then those that lead to its authority.
    pub cert_file: PathBuf,
    /// PEM: PKCS #8, PKCS #1 or SEC 1.
    pub key_file: PathBuf,
}

/// Makes a connection a TLS connection.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    certificate: Arc<Certificate>,
    /// When the files were last written, before they were first read: a change that comes before the server runs counts.
    seen: Stamps,
}

/// When the certificate's and the key's file were last written.
type Stamps = [Option<SystemTime>; 2];

impl Tls {
    pub(crate) fn new(settings: &TlsSettings) -> Result<Self, Problem> {
        let seen = stamps(settings);
        let certificate = Arc::new(Certificate::load(settings)?);
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Problem::new(Code::TlsInvalid, format!("TLS cannot be set up: {error}")))?
            .with_no_client_auth()
            .with_cert_resolver(certificate.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate, seen })
    }

    /// Read the files again whenever they change; never returns. Files that are wrong change nothing.
    pub(crate) async fn follow_files(&self, logs: &Logs) {
        let mut seen = self.seen;
        loop {
            tokio::time::sleep(LOOK).await;
            let now = stamps(&self.certificate.files);
            if now == seen {
                continue;
            }
            seen = now;
            match self.certificate.reload() {
                Ok(()) => logs.notice("the TLS certificate was read again"),
                Err(problem) => logs.notice(&format!("the TLS certificate stays as it was: {}", problem.message)),
            }
        }
    }
}

#[derive(Debug)]
struct Certificate {
    files: TlsSettings,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    fn load(files: &TlsSettings) -> Result<Self, Problem> {
        Ok(Self { files: files.clone(), current: RwLock::new(Arc::new(read(files)?)) })
    }

    fn reload(&self) -> Result<(), Problem> {
        let fresh = Arc::new(read(&self.files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn stamps(files: &TlsSettings) -> Stamps {
    [&files.cert_file, &files.key_file].map(|file| std::fs::metadata(file).and_then(|about| about.modified()).ok())
}

fn read(files: &TlsSettings) -> Result<CertifiedKey, Problem> {
    let TlsSettings { cert_file, key_file } = files;
    let chain = CertificateDer::pem_file_iter(cert_file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable("tls-cert", cert_file, &error))?;
    if chain.is_empty() {
        return Err(unusable("tls-cert", cert_file, &"it holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| unusable("tls-key", key_file, &error))?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| unusable("tls-key", key_file, &error))
}

fn unusable(key: &str, file: &Path, why: &dyn std::fmt::Display) -> Problem {
    Problem::new(Code::TlsInvalid, format!("`{}` cannot be used for TLS: {why}", file.display()))
        .hint("name a PEM file with the certificate chain (`--tls-cert`) and one with its private key (`--tls-key`)")
        .at(key, file.display().to_string())
}
