package models

// PushContent is what notifications may show beside generic words.
type PushContent string

// What an agency may choose. Providers never see content: it is fetched from this server, or sealed to the device.
const (
	ContentNone   PushContent = ""       // generic words; the app is opened to see more
	ContentFetch  PushContent = "fetch"  // the app asks for a preview when it rings
	ContentSealed PushContent = "sealed" // the preview comes along; what can't be opened may be fetched
)

// PushWords is how much generic words tell.
type PushWords string

// What an agency may choose. Typed words let whoever sees a locked phone tell an invitation from a message.
const (
	WordsSame  PushWords = ""      // one sentence, whatever it is about
	WordsTyped PushWords = "typed" // an invitation and something urgent have a sentence each
)

func (w PushWords) check(field string) error {
	if w != WordsSame && w != WordsTyped {
		return Invalid(field, "is typed")
	}
	return nil
}

func (c PushContent) check(field string) error {
	switch c {
	case ContentNone, ContentFetch, ContentSealed:
		return nil
	}
	return Invalid(field, "is fetch or sealed")
}
