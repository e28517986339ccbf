//! Models from scratch: the few parts of the ONNX format (protocol buffers) that a small graph needs.

#[derive(Default)]
pub struct Graph {
    nodes: Vec<u8>,
    initializers: Vec<u8>,
    inputs: Vec<u8>,
    outputs: Vec<u8>,
    metadata: Vec<u8>,
    count: usize,
}

pub const FLOAT: u64 = 1;
pub const INT32: u64 = 6;

/// An axis of any size has a name instead.
#[derive(Clone, Copy)]
pub enum Axis {
    Of(u64),
    Any(&'static str),
}

pub enum Attribute {
    Int(i64),
    Ints(Vec<i64>),
}

impl Graph {
    pub fn input(&mut self, name: &str, element: u64, axes: &[Axis]) -> String {
        field(&mut self.inputs, 11, &value(name, element, axes));
        name.to_owned()
    }

    pub fn floats(&mut self, shape: &[u64], values: &[f32]) -> String {
        self.constant(FLOAT, shape, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>())
    }

    pub fn integers(&mut self, values: &[i64]) -> String {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(7, &[values.len() as u64], &bytes)
    }

    fn constant(&mut self, element: u64, shape: &[u64], bytes: &[u8]) -> String {
        let name = self.name();
        let mut tensor = Vec::new();
        for size in shape {
            number(&mut tensor, 1, *size);
        }
        number(&mut tensor, 2, element);
        field(&mut tensor, 8, name.as_bytes());
        field(&mut tensor, 9, bytes);
        field(&mut self.initializers, 5, &tensor);
        name
    }

    pub fn node(&mut self, kind: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) -> String {
        let output = self.name();
        self.node_as(&output, kind, inputs, attributes);
        output
    }

    fn node_as(&mut self, output: &str, kind: &str, inputs: &[&str], attributes: &[(&str, Attribute)]) {
        let mut node = Vec::new();
        for input in inputs {
            field(&mut node, 1, input.as_bytes());
        }
        field(&mut node, 2, output.as_bytes());
        field(&mut node, 4, kind.as_bytes());
        for (name, attribute) in attributes {
            let mut bytes = Vec::new();
            field(&mut bytes, 1, name.as_bytes());
            match attribute {
                Attribute::Int(int) => {
                    number(&mut bytes, 3, *int as u64);
                    number(&mut bytes, 20, 2);
                }
                Attribute::Ints(ints) => {
                    ints.iter().for_each(|int| number(&mut bytes, 8, *int as u64));
                    number(&mut bytes, 20, 7);
                }
            }
            field(&mut node, 5, &bytes);
        }
        field(&mut self.nodes, 1, &node);
    }

    pub fn output(&mut self, name: &str, of: &str, axes: &[Axis]) {
        self.node_as(name, "Identity", &[of], &[]);
        field(&mut self.outputs, 12, &value(name, FLOAT, axes));
    }

    pub fn metadata(&mut self, key: &str, value: &str) {
        let mut entry = Vec::new();
        field(&mut entry, 1, key.as_bytes());
        field(&mut entry, 2, value.as_bytes());
        field(&mut self.metadata, 14, &entry);
    }

    /// The file.
    pub fn finish(self) -> Vec<u8> {
        let mut graph = self.nodes;
        field(&mut graph, 2, b"stand-in");
        graph.extend(self.initializers);
        graph.extend(self.inputs);
        graph.extend(self.outputs);
        let mut model = Vec::new();
        number(&mut model, 1, 8);
        field(&mut model, 7, &graph);
        let mut operators = Vec::new();
        field(&mut operators, 1, b"");
        number(&mut operators, 2, 17);
        field(&mut model, 8, &operators);
        model.extend(self.metadata);
        model
    }

    fn name(&mut self) -> String {
        self.count += 1;
        format!("value_{}", self.count)
    }
}

fn value(name: &str, element: u64, axes: &[Axis]) -> Vec<u8> {
    let mut shape = Vec::new();
    for axis in axes {
        let mut dimension = Vec::new();
        match axis {
            Axis::Of(size) => number(&mut dimension, 1, *size),
            Axis::Any(name) => field(&mut dimension, 2, name.as_bytes()),
        }
        field(&mut shape, 1, &dimension);
    }
    let (mut tensor, mut kind, mut value) = (Vec::new(), Vec::new(), Vec::new());
    number(&mut tensor, 1, element);
    field(&mut tensor, 2, &shape);
    field(&mut kind, 1, &tensor);
    field(&mut value, 1, name.as_bytes());
    field(&mut value, 2, &kind);
    value
}

fn number(bytes: &mut Vec<u8>, field: u64, number: u64) {
    varint(bytes, field << 3);
    varint(bytes, number);
}

fn field(bytes: &mut Vec<u8>, field: u64, content: &[u8]) {
    varint(bytes, field << 3 | 2);
    varint(bytes, content.len() as u64);
    bytes.extend_from_slice(content);
}

fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
