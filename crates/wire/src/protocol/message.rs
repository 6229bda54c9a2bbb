//! How is a message declared? As a list of fields, each with the versions that have it; reading and writing
//! follow from the list.

use bytes::Bytes;

use super::{Decoder, Encoder, ProtocolError};

/// Something that can be a field of a message.
pub trait Field: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// If the bytes do not hold it.
    fn decode(input: &mut Decoder) -> Result<Self, ProtocolError>;

    /// Writes it.
    fn encode(&self, out: &mut Encoder);
}

/// Declares messages: `Name { field: Type [versions] = default, … }`. A field without versions is in all,
/// one without default has its type's. Names and meanings are Kafka's.
macro_rules! messages {
    (@in $input:ident) => { true };
    (@in $input:ident $($versions:tt)+) => { ($($versions)+).contains(&$input.version()) };
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
    ($($(#[$meta:meta])* $name:ident {
        $($field:ident : $type:ty $([$($versions:tt)+])? $(= $default:expr)?),* $(,)?
    })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[allow(missing_docs)]
        pub struct $name {
            $(pub $field: $type),*
        }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: messages!(@default $($default)?)),* }
            }
        }

        impl $crate::protocol::Field for $name {
            fn decode(
                input: &mut $crate::protocol::Decoder,
            ) -> Result<Self, $crate::protocol::ProtocolError> {
                let message = $name {
                    $($field: if messages!(@in input $($($versions)+)?) {
                        $crate::protocol::Field::decode(input)?
                    } else {
                        messages!(@default $($default)?)
                    }),*
                };
                input.tags()?;
                Ok(message)
            }

            fn encode(&self, out: &mut $crate::protocol::Encoder) {
                $(if messages!(@in out $($($versions)+)?) {
                    $crate::protocol::Field::encode(&self.$field, out);
                })*
                out.tags();
            }
        }
    )+};
}

pub(crate) use messages;

/// Lets structures be null: a byte before them says whether they follow.
macro_rules! nullable {
    ($($type:ty),*) => {$(
        impl $crate::protocol::Field for Option<$type> {
            fn decode(
                input: &mut $crate::protocol::Decoder,
            ) -> Result<Self, $crate::protocol::ProtocolError> {
                let is_there = i8::decode(input)? >= 0;
                is_there.then(|| <$type>::decode(input)).transpose()
            }

            fn encode(&self, out: &mut $crate::protocol::Encoder) {
                let is_there = if self.is_some() { 1i8 } else { -1 };
                is_there.encode(out);
                if let Some(value) = self {
                    value.encode(out);
                }
            }
        }
    )*};
}

pub(crate) use nullable;

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn decode(input: &mut Decoder) -> Result<Self, ProtocolError> {
                Ok(<$type>::from_be_bytes(input.take()?))
            }

            fn encode(&self, out: &mut Encoder) {
                out.put(&self.to_be_bytes());
            }
        }
    )*};
}

// `u128` is a UUID.
numbers!(i8, i16, i32, i64, u128);

impl Field for bool {
    fn decode(input: &mut Decoder) -> Result<Self, ProtocolError> {
        Ok(input.take::<1>()?[0] != 0)
    }

    fn encode(&self, out: &mut Encoder) {
        out.put(&[u8::from(*self)]);
    }
}

impl Field for Option<String> {
    fn decode(input: &mut Decoder) -> Result<Self, ProtocolError> {
        input.text()
    }

    fn encode(&self, out: &mut Encoder) {
        out.text(self.as_deref());
    }
}

impl Field for String {
    fn decode(input: &mut Decoder) -> Result<Self, ProtocolError> {
        input.text()?.ok_or(ProtocolError::Null)
    }

    fn encode(&self, out: &mut Encoder) {
        out.text(Some(self));
    }
}

impl Field for Option<Bytes> {
    fn decode(input: &mut Decoder) -> Result<Self, ProtocolError> {
        input.bytes()
    }

    fn encode(&self, out: &mut Encoder) {
        out.bytes_length(self.as_ref().map(Bytes::len));
        if let Some(bytes) = self {
            out.put_shared(bytes);
        }
    }
}

impl Field for Bytes {
    fn decode(input: &mut Decoder) -> Result<Self, ProtocolError> {
        input.bytes()?.ok_or(ProtocolError::Null)
    }

    fn encode(&self, out: &mut Encoder) {
        out.bytes_length(Some(self.len()));
        out.put_shared(self);
    }
}

impl<T: Field> Field for Option<Vec<T>> {
    fn decode(input: &mut Decoder) -> Result<Self, ProtocolError> {
        let Some(count) = input.count()? else { return Ok(None) };
        // Not reserved at once: the count is only what the sender claims.
        (0..count).map(|_| T::decode(input)).collect::<Result<_, _>>().map(Some)
    }

    fn encode(&self, out: &mut Encoder) {
        out.count(self.as_ref().map(Vec::len));
        self.iter().flatten().for_each(|item| item.encode(out));
    }
}

impl<T: Field> Field for Vec<T> {
    fn decode(input: &mut Decoder) -> Result<Self, ProtocolError> {
        Option::<Vec<T>>::decode(input)?.ok_or(ProtocolError::Null)
    }

    fn encode(&self, out: &mut Encoder) {
        out.count(Some(self.len()));
        self.iter().for_each(|item| item.encode(out));
    }
}

/// Record batches, one behind the other, that are sent as they lie.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records(pub Vec<Bytes>);

impl Field for Records {
    fn decode(input: &mut Decoder) -> Result<Self, ProtocolError> {
        Ok(Records(input.bytes()?.into_iter().collect()))
    }

    fn encode(&self, out: &mut Encoder) {
        out.bytes_length(Some(self.0.iter().map(Bytes::len).sum()));
        self.0.iter().for_each(|batch| out.put_shared(batch));
    }
}
