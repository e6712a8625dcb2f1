package apns

// ReasonOf reads the body of a refusal.
var ReasonOf = reasonOf
