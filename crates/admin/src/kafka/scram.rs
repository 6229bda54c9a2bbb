//! How is a password proved without being sent? The client's half of SCRAM (RFC 5802, 7677).
//!
//! Text in, text out. The broker proves itself too: who does not know the password cannot give the last answer.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::{digest, hmac, pbkdf2};

/// The rounds that a broker may ask for: fewer protect nothing, more would only keep us busy.
const ROUNDS: std::ops::RangeInclusive<u32> = 4096..=1_000_000;

/// Which hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha512,
}

impl Hash {
    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Hash::Sha256 => &digest::SHA256,
            Hash::Sha512 => &digest::SHA512,
        }
    }

    fn mac(self, key: &[u8], text: &str) -> hmac::Tag {
        let algorithm = match self {
            Hash::Sha256 => hmac::HMAC_SHA256,
            Hash::Sha512 => hmac::HMAC_SHA512,
        };
        hmac::sign(&hmac::Key::new(algorithm, key), text.as_bytes())
    }

    fn salted(self, password: &str, salt: &[u8], rounds: NonZeroU32) -> Vec<u8> {
        let algorithm = match self {
            Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Hash::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        };
        let mut salted = vec![0; self.digest().output_len()];
        pbkdf2::derive(algorithm, rounds, salt, password.as_bytes(), &mut salted);
        salted
    }
}

/// An exchange that waits for the broker's first answer.
pub(super) struct Exchange {
    hash: Hash,
    nonce: String,
    bare: String,
}

/// The proof to be sent, and what the broker must answer to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) message: String,
    pub(super) answer: String,
}

impl Exchange {
    /// The exchange, and the first message; `nonce` is not to be used twice.
    pub(super) fn begin(hash: Hash, user: &str, nonce: String) -> (Exchange, String) {
        let user = user.replace('=', "=3D").replace(',', "=2C");
        let bare = format!("n={user},r={nonce}");
        let message = format!("n,,{bare}");
        (Exchange { hash, nonce, bare }, message)
    }

    /// The proof of the password; nothing if the broker's answer makes no sense.
    pub(super) fn prove(&self, password: &str, answer: &[u8]) -> Option<Proof> {
        let answer = std::str::from_utf8(answer).ok()?;
        let mut fields = answer.split(',');
        let mut field = |name| fields.next()?.strip_prefix(name);
        let (nonce, salt, rounds) = (field("r=")?, field("s=")?, field("i=")?);
        let rounds =
            rounds.parse().ok().filter(|rounds| ROUNDS.contains(rounds)).and_then(NonZeroU32::new)?;
        let is_ours = nonce.strip_prefix(&self.nonce).is_some_and(|added| !added.is_empty());
        let salt = BASE64.decode(salt).ok().filter(|_| is_ours)?;

        let hash = self.hash;
        let salted = hash.salted(password, &salt, rounds);
        let client_key = hash.mac(&salted, "Client Key");
        let stored_key = digest::digest(hash.digest(), client_key.as_ref());
        let claim = format!("c=biws,r={nonce}");
        let said = format!("{},{answer},{claim}", self.bare);
        let signature = hash.mac(stored_key.as_ref(), &said);
        let proof: Vec<u8> =
            client_key.as_ref().iter().zip(signature.as_ref()).map(|(key, sign)| key ^ sign).collect();
        let server_key = hash.mac(&salted, "Server Key");
        let expected = hash.mac(server_key.as_ref(), &said);
        Some(Proof {
            message: format!("{claim},p={}", BASE64.encode(proof)),
            answer: format!("v={}", BASE64.encode(expected)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    /// The exchange of RFC 7677, section 3.
    fn known() -> Exchange {
        let (exchange, message) = Exchange::begin(Hash::Sha256, "user", "rOprNGfwEbeRWgbNEkqO".to_owned());
        assert_eq!(message, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        exchange
    }

    #[test]
    fn the_exchange_of_the_rfc() {
        let proof = known().prove("pencil", ANSWER.as_bytes()).unwrap();
        let message = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        assert_eq!(proof.message, message);
        assert_eq!(proof.answer, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    #[test]
    fn what_makes_no_sense_proves_nothing() {
        for (part, other) in [
            ("r=rOpr", "r=xxxx"),
            ("i=4096", "i=1"),
            ("i=4096", "i=4000000000"),
            (",s=W22Z", ",s=?"),
            (",i=4096", ""),
        ] {
            assert_eq!(known().prove("pencil", ANSWER.replace(part, other).as_bytes()), None, "{other}");
        }
        assert_eq!(
            known().prove("pencil", b"r=rOprNGfwEbeRWgbNEkqO,s=W22Z,i=4096"),
            None,
            "the broker adds a nonce"
        );
    }

    #[test]
    fn a_user_may_have_a_comma() {
        let (_, message) = Exchange::begin(Hash::Sha512, "a,b=c", "x".to_owned());
        assert_eq!(message, "n,,n=a=2Cb=3Dc,r=x");
    }
}
