//! Servers of the test's own on loopback ports, for connectors that reach the network; they end with the process.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use openssl::ssl::{SslAcceptor, SslMethod};

use crate::identity::Identity;
use crate::wait::seconds;

/// What a TCP server says to whoever connects.
pub const GREETING: &str = "greetings";

/// A server that counts its connections.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Says [`GREETING`] to each connection, and closes it.
    pub fn tcp() -> Self {
        Self::serve(|mut stream| {
            let _ = stream.write_all(GREETING.as_bytes());
        })
    }

    /// Answers each request, whose method and path it gets, by what `answer` gives: status line, headers and body.
    pub fn http(answer: impl Fn(&str, &[u8]) -> String + Send + Sync + 'static) -> Self {
        Self::serve(move |mut stream| serve_requests(&mut stream, |head, body| answer(line(head), body)))
    }

    /// The same, without the body, for those who want to see the headers, too: the head as it came.
    pub fn http_with_headers(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::serve(move |mut stream| serve_requests(&mut stream, |head, _| answer(head)))
    }

    /// The same for who wants to see heads and bodies; an empty answer is none, and the connection is closed.
    pub fn http_of_heads(answer: impl Fn(&str, &[u8]) -> String + Send + Sync + 'static) -> Self {
        Self::serve(move |mut stream| serve_requests(&mut stream, &answer))
    }

    /// The same behind TLS.
    pub fn https(identity: &Identity, answer: impl Fn(&str, &[u8]) -> String + Send + Sync + 'static) -> Self {
        Self::https_with_headers(identity, move |head, body| answer(line(head), body))
    }

    /// The same for those who want to see the headers, too: the head as it came.
    pub fn https_with_headers(
        identity: &Identity,
        answer: impl Fn(&str, &[u8]) -> String + Send + Sync + 'static,
    ) -> Self {
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).expect("TLS");
        acceptor.set_certificate(&identity.certificate).expect("a certificate");
        acceptor.set_private_key(&identity.key).expect("its key");
        let acceptor = acceptor.build();
        Self::serve(move |stream| {
            // A client may refuse the certificate.
            if let Ok(mut stream) = acceptor.accept(stream) {
                serve_requests(&mut stream, &answer);
            }
        })
    }

    /// Sends each datagram back.
    pub fn udp() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let address = socket.local_addr().expect("an address");
        let connections = Arc::new(AtomicUsize::new(0));
        let seen = connections.clone();
        std::thread::spawn(move || {
            let mut datagram = [0; 1024];
            while let Ok((length, from)) = socket.recv_from(&mut datagram) {
                seen.fetch_add(1, Ordering::SeqCst);
                let _ = socket.send_to(&datagram[..length], from);
            }
        });
        Self { address, connections }
    }

    fn serve(serve: impl Fn(std::net::TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let connections = Arc::new(AtomicUsize::new(0));
        let (accepted, serve) = (connections.clone(), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                accepted.fetch_add(1, Ordering::SeqCst);
                let _ = stream.set_read_timeout(Some(seconds(60)));
                let serve = serve.clone();
                std::thread::spawn(move || serve(stream));
            }
        });
        Self { address, connections }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How often somebody connected, or sent a datagram.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// An answer with this status and body, and further header lines.
pub fn answer(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

/// Method and path of a request.
fn line(head: &str) -> &str {
    head.split(" HTTP/").next().unwrap_or_default()
}

fn serve_requests(stream: &mut (impl Read + Write), answer: impl Fn(&str, &[u8]) -> String) {
    let mut received = Vec::new();
    while let Some((head, body)) = request(stream, &mut received) {
        let answer = answer(&head, &body);
        if answer.is_empty() || stream.write_all(answer.as_bytes()).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

/// The next request's head and body; none: there is no further one.
fn request(stream: &mut impl Read, received: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    let head_end = fill_until(stream, received, |received| find(received, b"\r\n\r\n").map(|start| start + 4))?;
    let head = String::from_utf8_lossy(&received.drain(..head_end).collect::<Vec<_>>()).into_owned();
    let header = |name: &str| {
        head.lines().filter_map(|line| line.split_once(':')).find(|(own, _)| own.eq_ignore_ascii_case(name))
    };
    if header("transfer-encoding").is_some() {
        let end = fill_until(stream, received, |received| find(received, b"0\r\n\r\n").map(|start| start + 5))?;
        return Some((head, dechunked(&received.drain(..end).collect::<Vec<_>>())));
    }
    let length = header("content-length").and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0);
    fill_until(stream, received, |received| (received.len() >= length).then_some(length))?;
    Some((head, received.drain(..length).collect()))
}

/// Reads on until `found` says where what it looks for ends.
fn fill_until(stream: &mut impl Read, received: &mut Vec<u8>, found: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
    let mut buffer = [0; 16 * 1024];
    loop {
        if let Some(end) = found(received) {
            return Some(end);
        }
        match stream.read(&mut buffer) {
            Ok(length @ 1..) => received.extend_from_slice(&buffer[..length]),
            _ => return None,
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// The body in its chunks.
fn dechunked(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = find(chunks, b"\r\n") {
        let size = std::str::from_utf8(&chunks[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size @ 1..) = size else { break };
        body.extend_from_slice(&chunks[end + 2..end + 2 + size]);
        chunks = &chunks[end + 4 + size..];
    }
    body
}
