//! What is kept: the very bytes that were sent, of every codec and every client.

use bytes::Bytes;

use crate::{
    batches::{Batch, CODECS, Stored},
    served::Served,
};

/// Of every codec: what is read is what was sent.
pub(crate) fn batches_are_kept_as_they_were_sent(kafka: &Served) {
    let topic = kafka.topic(1);
    let mut client = kafka.client();
    let mut sent: Vec<Bytes> = Vec::new();
    for codec in CODECS {
        let plain = Batch::sized(15, 150).with(codec);
        let (id, epoch) = client.producer();
        for batch in [plain.clone(), plain.by(id, epoch, 0)] {
            let bytes = batch.bytes();
            let produced = client.produce(&topic, 0, bytes.clone());
            assert_eq!((produced.error, produced.first), (None, 15 * i64::try_from(sent.len()).unwrap()));
            sent.push(bytes);
        }
    }
    let kept = client.fetch(&topic, 0, 0).batches;
    assert_eq!(kept.len(), sent.len());
    for (index, (kept, sent)) in kept.iter().zip(&sent).enumerate() {
        let codec = CODECS[index / 2];
        assert_eq!(kept.codec, codec as i16, "{codec:?}");
        assert_eq!(kept.first, 15 * i64::try_from(index).unwrap());
        let (kept, sent) = (Stored::unchanged(&kept.bytes), Stored::unchanged(sent));
        assert_eq!(kept, sent, "{codec:?}: only first offset and leader epoch change");
    }
}
