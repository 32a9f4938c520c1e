//! How the values that CBOR has no form for are written: JSON as text, addresses as their bytes.

/// A JSON object as CBOR text: foreign fields keep numbers and nesting exactly as they came.
pub(super) mod json_map {
    use minicbor::decode::{Decoder, Error};
    use minicbor::encode::{Encoder, Write};
    use serde_json::{Map, Value};

    pub fn encode<C, W: Write>(
        map: &Option<Map<String, Value>>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match map {
            Some(map) => {
                let text = serde_json::to_string(map).map_err(minicbor::encode::Error::custom)?;
                e.str(&text)?.ok()
            }
            None => e.null()?.ok(),
        }
    }

    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Option<Map<String, Value>>, Error> {
        if d.datatype()? == minicbor::data::Type::Null {
            d.null()?;
            return Ok(None);
        }
        serde_json::from_str(d.str()?).map(Some).map_err(Error::custom)
    }

    pub fn nil() -> Option<Option<Map<String, Value>>> {
        Some(None)
    }

    pub fn is_nil(map: &Option<Map<String, Value>>) -> bool {
        map.is_none()
    }
}

/// Any JSON value as CBOR text.
pub(crate) mod json_value {
    use minicbor::decode::{Decoder, Error};
    use minicbor::encode::{Encoder, Write};
    use serde_json::Value;

    pub fn encode<C, W: Write>(
        value: &Value,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&value.to_string())?.ok()
    }

    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Value, Error> {
        serde_json::from_str(d.str()?).map_err(Error::custom)
    }
}

/// An address as its 4 or 16 bytes.
pub(crate) mod ip {
    use minicbor::decode::{Decoder, Error};
    use minicbor::encode::{Encoder, Write};
    use std::net::IpAddr;

    pub fn encode<C, W: Write>(
        ip: &Option<IpAddr>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match ip {
            Some(IpAddr::V4(v4)) => e.bytes(&v4.octets())?.ok(),
            Some(IpAddr::V6(v6)) => e.bytes(&v6.octets())?.ok(),
            None => e.null()?.ok(),
        }
    }

    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Option<IpAddr>, Error> {
        if d.datatype()? == minicbor::data::Type::Null {
            d.null()?;
            return Ok(None);
        }
        let bytes = d.bytes()?;
        match (<[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
            (Ok(v4), _) => Ok(Some(v4.into())),
            (_, Ok(v6)) => Ok(Some(v6.into())),
            _ => Err(Error::message("an address has 4 or 16 bytes")),
        }
    }

    pub fn nil() -> Option<Option<IpAddr>> {
        Some(None)
    }

    pub fn is_nil(ip: &Option<IpAddr>) -> bool {
        ip.is_none()
    }
}
