//! Does this client know the password? The broker's half of SCRAM (RFC 5802, 7677), and what follows from a
//! password.
//!
//! Text in, text out: no clock, no randomness, no users. The password itself never comes by; a client proves
//! that it has it, and the broker that it was told about it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use girok_commitlog::{ScramCredential, ScramMechanism};
use ring::{digest, hmac, pbkdf2};

/// Why a client's message does not get on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is not what SCRAM asks for at this point.
    Malformed,
    /// It does not come from someone who has the password.
    Unproved,
}

struct Hashes {
    digest: &'static digest::Algorithm,
    hmac: hmac::Algorithm,
    pbkdf2: pbkdf2::Algorithm,
}

fn hashes(mechanism: ScramMechanism) -> Hashes {
    match mechanism {
        ScramMechanism::Sha256 => {
            Hashes { digest: &digest::SHA256, hmac: hmac::HMAC_SHA256, pbkdf2: pbkdf2::PBKDF2_HMAC_SHA256 }
        }
        ScramMechanism::Sha512 => {
            Hashes { digest: &digest::SHA512, hmac: hmac::HMAC_SHA512, pbkdf2: pbkdf2::PBKDF2_HMAC_SHA512 }
        }
    }
}

/// The bytes of a hash.
pub(crate) fn hash_bytes(mechanism: ScramMechanism) -> usize {
    hashes(mechanism).digest.output_len()
}

fn mac(mechanism: ScramMechanism, key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hashes(mechanism).hmac, key), text).as_ref().to_vec()
}

/// The credential that follows from a salted password.
pub(crate) fn from_salted(
    user: &str,
    mechanism: ScramMechanism,
    iterations: u32,
    salt: &[u8],
    salted_password: &[u8],
) -> ScramCredential {
    let client_key = mac(mechanism, salted_password, b"Client Key");
    ScramCredential {
        user: user.to_owned(),
        mechanism,
        iterations,
        salt: salt.to_vec(),
        stored_key: digest::digest(hashes(mechanism).digest, &client_key).as_ref().to_vec(),
        server_key: mac(mechanism, salted_password, b"Server Key"),
    }
}

/// The credential that follows from a password; takes milliseconds, on purpose.
pub(crate) fn from_password(
    user: &str,
    mechanism: ScramMechanism,
    iterations: u32,
    salt: &[u8],
    password: &str,
) -> ScramCredential {
    let Hashes { digest, pbkdf2: algorithm, .. } = hashes(mechanism);
    let mut salted = vec![0; digest.output_len()];
    let iterations_min_1 = std::num::NonZeroU32::new(iterations).unwrap_or(std::num::NonZeroU32::MIN);
    pbkdf2::derive(algorithm, iterations_min_1, salt, password.as_bytes(), &mut salted);
    from_salted(user, mechanism, iterations, salt, &salted)
}

/// Whether `password` is the one that `credential` was made from.
pub(crate) fn is_password(credential: &ScramCredential, password: &str) -> bool {
    let ScramCredential { user, mechanism, iterations, salt, .. } = credential;
    let made = from_password(user, *mechanism, *iterations, salt, password);
    is_same(&made.stored_key, &credential.stored_key)
}

/// Compares without telling by its duration how much is alike.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// The client's first message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct First {
    pub(crate) user: String,
    /// `n,,`: no channel binding, nobody acted for.
    head: String,
    /// What is behind the head.
    bare: String,
    nonce: String,
}

impl First {
    pub(crate) fn parse(message: &[u8]) -> Result<First, Refused> {
        let text = std::str::from_utf8(message).map_err(|_| Refused::Malformed)?;
        let mut parts = text.splitn(3, ',');
        let mut next = || parts.next().ok_or(Refused::Malformed);
        let (binding, acted_for, bare) = (next()?, next()?, next()?);
        let mut fields = bare.split(',');
        let mut field = |name| fields.next().and_then(|field| field.strip_prefix(name));
        let (user, nonce) = (field("n="), field("r="));
        let user = user.and_then(unescape).ok_or(Refused::Malformed)?;
        let nonce = nonce.filter(|nonce| !nonce.is_empty()).ok_or(Refused::Malformed)?.to_owned();
        let is_itself =
            acted_for.is_empty() || acted_for.strip_prefix("a=").and_then(unescape).as_ref() == Some(&user);
        if !matches!(binding, "n" | "y") || !is_itself || user.is_empty() {
            return Err(Refused::Malformed);
        }
        Ok(First { user, head: format!("{binding},{acted_for},"), bare: bare.to_owned(), nonce })
    }
}

/// A name as it was before `,` and `=` were written as `=2C` and `=3D`.
fn unescape(name: &str) -> Option<String> {
    let mut parts = name.split('=');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (sign, rest) = part
            .strip_prefix("2C")
            .map(|rest| (',', rest))
            .or(part.strip_prefix("3D").map(|rest| ('=', rest)))?;
        plain.push(sign);
        plain.push_str(rest);
    }
    Some(plain)
}

/// An exchange that waits for the client's proof.
pub(crate) struct Exchange {
    credential: ScramCredential,
    head: String,
    nonce: String,
    /// What both sides have said so far, as it is signed.
    said: String,
}

impl Exchange {
    /// The exchange, and the broker's answer to the client's first message.
    pub(crate) fn begin(first: First, credential: ScramCredential, nonce: &str) -> (Exchange, String) {
        let nonce = format!("{}{nonce}", first.nonce);
        let salt = BASE64.encode(&credential.salt);
        let answer = format!("r={nonce},s={salt},i={}", credential.iterations);
        let said = format!("{},{answer}", first.bare);
        (Exchange { credential, head: first.head, nonce, said }, answer)
    }

    /// The broker's proof, if the client's is good.
    pub(crate) fn finish(&self, message: &[u8]) -> Result<String, Refused> {
        let text = std::str::from_utf8(message).map_err(|_| Refused::Malformed)?;
        let (claim, proof) = text.rsplit_once(",p=").ok_or(Refused::Malformed)?;
        let mut fields = claim.split(',');
        let mut field = |name| fields.next().and_then(|field| field.strip_prefix(name));
        let (head, nonce) = (field("c=").ok_or(Refused::Malformed)?, field("r=").ok_or(Refused::Malformed)?);
        let proof = BASE64.decode(proof).map_err(|_| Refused::Malformed)?;
        // librdkafka before 2.6.1 puts its own nonce before the whole once more.
        if head != BASE64.encode(&self.head) || !nonce.ends_with(&self.nonce) {
            return Err(Refused::Malformed);
        }
        let mechanism = self.credential.mechanism;
        let said = format!("{},{claim}", self.said);
        let signature = mac(mechanism, &self.credential.stored_key, said.as_bytes());
        if proof.len() != signature.len() {
            return Err(Refused::Malformed);
        }
        let client_key: Vec<u8> = proof.iter().zip(&signature).map(|(proof, sign)| proof ^ sign).collect();
        let stored_key = digest::digest(hashes(mechanism).digest, &client_key);
        if !is_same(stored_key.as_ref(), &self.credential.stored_key) {
            return Err(Refused::Unproved);
        }
        let own = mac(mechanism, &self.credential.server_key, said.as_bytes());
        Ok(format!("v={}", BASE64.encode(own)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange of RFC 7677, section 3.
    fn known() -> (First, ScramCredential) {
        let first = First::parse(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO").unwrap();
        let salt = BASE64.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        (first, from_password("user", ScramMechanism::Sha256, 4096, &salt, "pencil"))
    }

    const NONCE: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const FINAL: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    #[test]
    fn the_exchange_of_the_rfc() {
        let (first, credential) = known();
        let (exchange, answer) = Exchange::begin(first, credential, NONCE);
        let wanted = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        assert_eq!(answer, wanted);
        let proved = exchange.finish(FINAL.as_bytes());
        assert_eq!(proved.as_deref(), Ok("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    #[test]
    fn another_password_another_nonce_or_another_hash_proves_nothing() {
        let (first, credential) = known();
        let other = from_password("user", ScramMechanism::Sha256, 4096, &credential.salt, "pen");
        let (exchange, _) = Exchange::begin(first, other, NONCE);
        assert_eq!(exchange.finish(FINAL.as_bytes()), Err(Refused::Unproved));
        let (first, credential) = known();
        let (exchange, _) = Exchange::begin(first, credential.clone(), "another");
        assert_eq!(exchange.finish(FINAL.as_bytes()), Err(Refused::Malformed));
        let (first, _) = known();
        let other = from_password("user", ScramMechanism::Sha512, 4096, &credential.salt, "pencil");
        let (exchange, _) = Exchange::begin(first, other, NONCE);
        assert_eq!(exchange.finish(FINAL.as_bytes()), Err(Refused::Malformed), "a proof of another length");
        assert!(is_password(&credential, "pencil") && !is_password(&credential, "pencil "));
    }

    #[test]
    fn a_client_may_repeat_its_nonce() {
        let mechanism = ScramMechanism::Sha256;
        let salted = b"salted password";
        let credential = from_salted("ann", mechanism, 4096, b"salt", salted);
        let first = First::parse(b"n,,n=ann,r=mine").unwrap();
        let (exchange, answer) = Exchange::begin(first, credential.clone(), "yours");
        let finish = |nonce: &str| {
            let claim = format!("c=biws,r={nonce}");
            let said = format!("n=ann,r=mine,{answer},{claim}");
            let sign = mac(mechanism, &credential.stored_key, said.as_bytes());
            let key = mac(mechanism, salted, b"Client Key");
            let proof: Vec<u8> = key.iter().zip(&sign).map(|(key, sign)| key ^ sign).collect();
            exchange.finish(format!("{claim},p={}", BASE64.encode(proof)).as_bytes()).map(|_| ())
        };
        assert_eq!(finish("mineyours"), Ok(()));
        assert_eq!(finish("minemineyours"), Ok(()));
        assert_eq!(finish("mine"), Err(Refused::Malformed), "the broker's part is what makes it this login");
    }

    #[test]
    fn odd_messages_are_refused() {
        for bad in [
            "",
            "n,,",
            "n,,n=a",
            "n,,r=x,n=a",
            "p=tls,,n=a,r=x",
            "n,a=bob,n=ann,r=x",
            "n,,n=,r=x",
            "n,,n=a=2,r=x",
        ] {
            assert_eq!(First::parse(bad.as_bytes()), Err(Refused::Malformed), "{bad}");
        }
        assert_eq!(First::parse(b"n,a=a=2Cb=3D,n=a=2Cb=3D,r=x").unwrap().user, "a,b=");
        let (first, credential) = known();
        let (exchange, _) = Exchange::begin(first, credential, NONCE);
        for bad in ["", "c=biws", "c=biws,r=x,p=AA==", ",p=", "p=dHzb", "c=biws,p=AAAA"] {
            assert_eq!(exchange.finish(bad.as_bytes()), Err(Refused::Malformed), "{bad}");
        }
    }
}
