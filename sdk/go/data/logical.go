package data

import (
	"fmt"
	"math/big"
	"strconv"
	"time"
)

// Names of Connect's logical types.
const (
	DecimalName   = "org.apache.kafka.connect.data.Decimal"
	DateName      = "org.apache.kafka.connect.data.Date"
	TimeName      = "org.apache.kafka.connect.data.Time"
	TimestampName = "org.apache.kafka.connect.data.Timestamp"
)

// The schemas of Connect's logical types without parameters.
var (
	// Date is days since 1970-01-01.
	Date = Build(TypeInt32).Name(DateName).Version(1).Must()
	// Time is milliseconds since midnight.
	Time = Build(TypeInt32).Name(TimeName).Version(1).Must()
	// Timestamp is milliseconds since the epoch.
	Timestamp = Build(TypeInt64).Name(TimestampName).Version(1).Must()
)

const dayMillis = 24 * 60 * 60 * 1000

// Decimal is the schema of numbers of scale digits behind the point.
func Decimal(scale int) *Schema {
	return Build(TypeBytes).Name(DecimalName).Version(1).Parameter("scale", strconv.Itoa(scale)).Must()
}

// Scale is that of a Decimal's schema.
func Scale(schema *Schema) (int, error) {
	text, found := schema.Parameter("scale")
	if !found {
		return 0, fmt.Errorf("Invalid Decimal schema: scale parameter not found.")
	}
	scale, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("Invalid scale parameter found in Decimal schema: %w", err)
	}
	return scale, nil
}

// FromUnscaled is a Decimal's value: the number without its point, as big-endian two's complement.
func FromUnscaled(unscaled *big.Int) []byte {
	if unscaled.Sign() >= 0 {
		return unscaled.FillBytes(make([]byte, unscaled.BitLen()/8+1))
	}
	size := new(big.Int).Not(unscaled).BitLen()/8 + 1
	modulus := new(big.Int).Lsh(big.NewInt(1), uint(8*size))
	return new(big.Int).Add(modulus, unscaled).FillBytes(make([]byte, size))
}

// ToUnscaled is the number that a Decimal's value stands for, without its point.
func ToUnscaled(value []byte) *big.Int {
	number := new(big.Int).SetBytes(value)
	if len(value) > 0 && value[0]&0x80 != 0 {
		number.Sub(number, new(big.Int).Lsh(big.NewInt(1), uint(8*len(value))))
	}
	return number
}

// ToDecimal is a Decimal's value as text, such as -12.50.
func ToDecimal(value []byte, scale int) string {
	unscaled := ToUnscaled(value)
	digits := new(big.Int).Abs(unscaled).String()
	sign := ""
	if unscaled.Sign() < 0 {
		sign = "-"
	}
	if scale <= 0 {
		for range -scale {
			digits += "0"
		}
		return sign + digits
	}
	for len(digits) <= scale {
		digits = "0" + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

// FromDate is the day of a moment, in UTC.
func FromDate(moment time.Time) int32 {
	millis := moment.UnixMilli()
	days := millis / dayMillis
	if millis%dayMillis < 0 {
		days--
	}
	return int32(days)
}

// ToDate is midnight, in UTC, of the day.
func ToDate(days int32) time.Time { return time.UnixMilli(int64(days) * dayMillis).UTC() }

// FromTime is a time of the day, as what has gone by since midnight.
func FromTime(sinceMidnight time.Duration) int32 { return int32(sinceMidnight.Milliseconds()) }

// ToTime is what has gone by since midnight.
func ToTime(millis int32) time.Duration { return time.Duration(millis) * time.Millisecond }

// FromTimestamp is a moment.
func FromTimestamp(moment time.Time) int64 { return moment.UnixMilli() }

// ToTimestamp is the moment, in UTC.
func ToTimestamp(millis int64) time.Time { return time.UnixMilli(millis).UTC() }
