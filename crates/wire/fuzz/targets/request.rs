//! Any frame may come: it is decoded or refused, without a panic and within the bound of what it holds.

#![no_main]

use bytes::Bytes;
use girok_wire::protocol::check_request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|frame: &[u8]| {
    let _ = check_request(Bytes::copy_from_slice(frame));
});
