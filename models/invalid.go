package models

// Malformed stands for a numbered command that could not be read: of an unknown type, or with a body that is not of its
// type. It has its place in its lane and is refused there, durably, so that a phone with a bug neither loops nor blocks
// what comes behind.
type Malformed struct {
	Lane    Lane
	Refusal *Error
}

// CommandType is the name for logs; no client may send it.
func (*Malformed) CommandType() string { return "malformed" }

func (b *Malformed) decide(*State, Command) ([]EventBody, error) {
	if b.Refusal == nil {
		return nil, Invalid("body", "can't be read")
	}
	return nil, b.Refusal
}
