//! The peers: nginx with the same bytes as files, Varnish in front of it.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::Owned;
use crate::server::{free_port, pinned};

/// Debian keeps daemons where only root's path leads.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/sbin"])
        .map(|folder| Path::new(folder).join(name))
        .find(|file| file.is_file())
}

/// The version that a program tells of itself.
pub fn version(program: &Path, option: &str) -> String {
    let Ok(output) = Command::new(program).arg(option).output() else {
        return String::new();
    };
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let first = said.lines().next().unwrap_or_default();
    let said = first.trim_start_matches("nginx version: ");
    said.trim_start_matches("varnishd (")
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_owned()
}

pub fn nginx(core: usize, program: &Path, folder: &Path) -> io::Result<(Owned, SocketAddr)> {
    let address = free_port()?;
    let at = folder.display();
    let file = folder.join("nginx.conf");
    fs::write(
        &file,
        format!(
            "daemon off;\nuser root;\nworker_processes 1;\nworker_rlimit_nofile 16384;\npid {at}/nginx.pid;\n\
             error_log stderr;\nevents {{ worker_connections 4096; }}\n\
             http {{\n  access_log off;\n  sendfile on;\n  tcp_nopush on;\n  tcp_nodelay on;\n  etag on;\n\
             \u{20} gzip_static on;\n  gzip_vary on;\n\
             \u{20} types {{ application/rss+xml rss; }}\n\
             \u{20} keepalive_timeout 300;\n  keepalive_requests 1000000000;\n\
             \u{20} open_file_cache max=40000 inactive=1h;\n  open_file_cache_valid 1h;\n\
             \u{20} client_body_temp_path {at}/body;\n  proxy_temp_path {at}/proxy;\n  fastcgi_temp_path {at}/fastcgi;\n\
             \u{20} uwsgi_temp_path {at}/uwsgi;\n  scgi_temp_path {at}/scgi;\n\
             \u{20} server {{ listen {address} backlog=1024; root {at}/public; }}\n}}\n"
        ),
    )?;
    let mut command = pinned(core, program);
    command.arg("-e").arg("stderr").arg("-c").arg(&file);
    Ok((Owned::start(command, &folder.join("nginx.log"))?, address))
}

pub fn varnish(
    core: usize,
    program: &Path,
    folder: &Path,
    backend: SocketAddr,
) -> io::Result<(Owned, SocketAddr)> {
    let address = free_port()?;
    let file = folder.join("bench.vcl");
    fs::write(
        &file,
        format!(
            "vcl 4.1;\nbackend default {{ .host = \"{}\"; .port = \"{}\"; }}\n\
             sub vcl_backend_response {{ set beresp.ttl = 1d; }}\n",
            backend.ip(),
            backend.port()
        ),
    )?;
    let mut command = pinned(core, program);
    command
        .arg("-F")
        .args(["-j", "none"])
        .args(["-a", &address.to_string()])
        .arg("-f")
        .arg(&file)
        .arg("-n")
        .arg(folder.join("varnish"))
        .args(["-s", "malloc,1g"]);
    Ok((Owned::start(command, &folder.join("varnish.log"))?, address))
}
