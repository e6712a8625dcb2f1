package webpush

// Public is the check of an address before it is dialed.
var Public = public
