// Package privacy finds personal data in free text and decides how a customer
// is shown to people who need not know who the customer is.
//
// Mask is the filter every free text passes on its way in. It replaces four
// kinds of data: resident identity numbers of 18 characters (with a valid date
// and a valid ISO 7064 MOD 11-2 check character), bank card numbers of 13 to 19
// digits (by the Luhn check), mainland mobile numbers and e-mail addresses. It
// masks and never rejects: about one long number in ten passes Luhn by chance,
// so a reference number may be shortened too, and the caller tells the writer
// that something was masked (Findings).
//
// A number may be written with full-width digits, with spaces or hyphens
// between its groups, and with the invisible marks that phones add when a
// contact is copied. A number is only recognised as a whole: a longer run of
// digits hides nothing that is looked for, and amounts, dates and complaint
// numbers stay as they are.
//
// Name, Phone and IDNumber shorten a field that is known to be personal, even
// if it is malformed. Clean and Substance prepare and judge free text.
//
// All functions are pure, safe for concurrent use, and take any bytes without
// a panic.
package privacy
