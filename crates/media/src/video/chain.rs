//! A chain of filters between a decoder and an encoder, built anew when what comes in changes its shape.

use super::device::{self, Device};
use super::error::Result;
use super::libav::{self, During};
use ffmpeg::Rational;
use ffmpeg::util::error::EAGAIN;
use ffmpeg_next as ffmpeg;

/// What flows through the chain.
#[derive(Clone, Copy)]
pub(super) enum Medium {
    Pictures {
        frame_rate: (u32, u32),
    },
    /// `frame_size` is how many samples the encoder takes at once; zero is any number.
    Sound {
        frame_size: u32,
    },
}

pub(super) struct Chain {
    medium: Medium,
    filters: String,
    time_base: Rational,
    threads: u32,
    /// The card on which some of the filters are.
    device: Option<Device>,
    built: Option<Built>,
}

/// The filters as configured, and what they were configured for: the arguments of the source, and where on a card
/// pictures come from.
struct Built {
    graph: ffmpeg::filter::Graph,
    arguments: String,
    place: Option<usize>,
}

impl Chain {
    pub(super) fn new(medium: Medium, filters: &str, time_base: Rational, threads: u32) -> Self {
        Self { medium, filters: filters.to_owned(), time_base, threads, device: None, built: None }
    }

    pub(super) fn on(self, device: Option<&Device>) -> Self {
        Self { device: device.cloned(), ..self }
    }

    /// The units of the times of the frames that are pushed.
    pub(super) fn time_base(&self) -> Rational {
        self.time_base
    }

    /// A camera may change resolution, and a broadcast its sound, in the middle of a file. What the old filters still
    /// hold back then is less than a frame and is let go.
    pub(super) fn push(&mut self, frame: &ffmpeg::Frame) -> Result<()> {
        let arguments = match self.medium {
            Medium::Pictures { frame_rate } => libav::picture_arguments(frame, self.time_base, frame_rate),
            Medium::Sound { .. } => libav::sound_arguments(frame, self.time_base),
        };
        let place = device::place(frame);
        if self.built.as_ref().is_none_or(|built| built.arguments != arguments || built.place != place) {
            let graph = self.build(&arguments, frame).during("prepare the filters")?;
            self.built = Some(Built { graph, arguments, place });
        }
        self.with("in", |source| source.source().add(frame)).during("filter")
    }

    /// No more frames will come; those that filters hold back can be pulled now.
    pub(super) fn finish(&mut self) -> Result<()> {
        if self.built.is_none() {
            return Ok(());
        }
        self.with("in", |source| source.source().flush()).during("finish filtering")
    }

    /// The next frame, and the unit of its time; `false` when there is none for now.
    pub(super) fn pull(&mut self, frame: &mut ffmpeg::Frame) -> Result<Option<Rational>> {
        if self.built.is_none() {
            return Ok(None);
        }
        let pulled = self.with("out", |sink| {
            let mut sink = sink.sink();
            sink.frame(frame).map(|()| sink.time_base())
        });
        match pulled {
            Ok(time_base) => Ok(Some(time_base)),
            Err(ffmpeg::Error::Eof | ffmpeg::Error::Other { errno: EAGAIN }) => Ok(None),
            Err(error) => Err(error).during("filter"),
        }
    }

    fn with<T>(
        &mut self,
        name: &str,
        act: impl FnOnce(&mut ffmpeg::filter::Context) -> std::result::Result<T, ffmpeg::Error>,
    ) -> std::result::Result<T, ffmpeg::Error> {
        let built = self.built.as_mut().ok_or(ffmpeg::Error::Bug)?;
        act(&mut built.graph.get(name).ok_or(ffmpeg::Error::Bug)?)
    }

    fn build(
        &self,
        arguments: &str,
        frame: &ffmpeg::Frame,
    ) -> std::result::Result<ffmpeg::filter::Graph, ffmpeg::Error> {
        let (source, sink) = match self.medium {
            Medium::Pictures { .. } => ("buffer", "buffersink"),
            Medium::Sound { .. } => ("abuffer", "abuffersink"),
        };
        let find = |name| ffmpeg::filter::find(name).ok_or(ffmpeg::Error::FilterNotFound);
        let mut graph = ffmpeg::filter::Graph::new();
        libav::limit_threads(&mut graph, self.threads);
        if device::place(frame).is_some() {
            device::add_source(&mut graph, arguments, frame)?;
        } else {
            graph.add(&find(source)?, "in", arguments)?;
        }
        graph.add(&find(sink)?, "out", "")?;
        graph.output("in", 0)?.input("out", 0)?.parse(&self.filters)?;
        if let Some(device) = &self.device {
            device.give_to_filters(&mut graph);
        }
        graph.validate()?;
        if let Medium::Sound { frame_size } = self.medium
            && frame_size > 0
            && let Some(mut out) = graph.get("out")
        {
            out.sink().set_frame_size(frame_size);
        }
        Ok(graph)
    }
}
