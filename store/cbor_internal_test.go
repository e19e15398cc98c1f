package store

import (
	"bytes"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store/boltfile"
)

// drawn fills in every field of a value, so that one that is added later and
// not written is noticed.
func drawn(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.StringN(0, 300, -1).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, "unsigned"))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "signed"))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			drawn(t, v.Elem())
		}
	case reflect.Slice:
		if rapid.Bool().Draw(t, "list") {
			v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(0, 30).Draw(t, "length"), 30))
			for i := range v.Len() {
				drawn(t, v.Index(i))
			}
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
			if rapid.Bool().Draw(t, "elsewhere") {
				at = at.In(time.FixedZone("", 3600))
			}
			if rapid.Bool().Draw(t, "time") {
				v.Set(reflect.ValueOf(at))
			}
			return
		}
		for i := range v.NumField() {
			drawn(t, v.Field(i))
		}
	default:
		t.Fatalf("a field of kind %s: teach the test to fill it in", v.Kind())
	}
}

func TestFormedValuesAreWrittenAsTheEncoderWould(t *testing.T) {
	file, err := boltfile.Open(boltfile.Options{Path: filepath.Join(t.TempDir(), "form.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for name, kind := range map[string]reflect.Type{
		"records": reflect.TypeFor[keptRecord](), "places": reflect.TypeFor[placeRecord](), "activities": reflect.TypeFor[activityRecord](),
		"counted": reflect.TypeFor[countedRecord](), "items": reflect.TypeFor[importItems](),
	} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			value := reflect.New(kind)
			drawn(t, value.Elem())
			want, err := file.Marshal(value.Interface())
			if err != nil {
				t.Fatal(err)
			}
			form, ok := value.Interface().(boltfile.CBORAppender)
			if !ok {
				t.Fatalf("%s do not write themselves", name)
			}
			if got := form.AppendCBOR(nil); !bytes.Equal(got, want) {
				t.Errorf("%+v:\n%x\nwant\n%x", value.Elem(), got, want)
			}
		}))
	}
}
