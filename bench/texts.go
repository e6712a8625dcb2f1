package bench

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Lengths, in characters. What officers write is short, and a few messages are long: of a body of real ones half were
// under 60 and the mean was near 72.
const (
	shortest = 12
	longest  = 300
	meanOver = 62  // mean of what comes on top of shortest, exponentially distributed
	sentSize = 120 // bytes of a text of the sending scenarios
)

// vocabularies are words of the languages of a dispatch floor. Sentences are drawn from them, so no two are alike. Since
// people know more words than these, one in rareEvery is a name, a number, a time or a plate.
var vocabularies = [...]string{
	`unit on scene at the north gate copy that suspect last seen heading toward parking structure four white male wearing
	dark hoodie possible burglary in progress please advise need backup caller reports loud noise second floor medical
	requested ambulance en route eta five minutes all clear returning to station can you check the cameras vehicle plate
	number registered owner no warrants witness statement taken report filed alarm reset by staff door was propped open
	subject detained identified as student released with warning traffic collision two cars minor injuries tow truck
	called lane blocked use west entrance stand by for fire department keep the channel clear thanks i am on my way be
	there soon who has keys for the library basement lost child found safe with parents stolen bicycle outside dorm noise
	complaint party dispersed suspicious package turned out to be a backpack chemistry building evacuated meet me at lot
	twelve shift change briefing moved sergeant wants an update before noon radio battery low swap it when back`,
	`unidad en camino llegamos al lugar sospechoso corriendo hacia el estacionamiento necesito apoyo la persona que llamó
	dice que escuchó gritos en el segundo piso ambulancia solicitada todo tranquilo regreso a la estación favor de revisar
	las cámaras placa del vehículo sin novedad testigo ya dio su declaración puerta abierta alarma cancelada estudiante
	identificado accidente dos autos heridos leves grúa carril bloqueado entrada oeste gracias ahora voy quién tiene las
	llaves del edificio niño perdido con sus padres bicicleta robada queja por ruido fiesta terminada paquete revisado`,
	`patrouille en route nous sommes sur place suspect parti vers la gare besoin de renfort appelant signale un bruit au
	deuxième étage ambulance demandée situation calme retour au poste merci de vérifier les caméras plaque relevée aucun
	mandat témoin entendu porte forcée alarme arrêtée étudiant contrôlé accident léger deux véhicules dépanneuse appelée
	voie fermée entrée ouest j'arrive bientôt qui a les clés du bâtiment enfant retrouvé vélo volé tapage nocturne colis
	suspect levé de doute réunion déplacée à midi`,
	`đơn vị đang đến hiện trường nghi phạm chạy về phía bãi đỗ xe cần hỗ trợ người gọi báo có tiếng ồn tầng hai đã gọi xe
	cứu thương mọi việc ổn trở về trạm xin kiểm tra camera biển số nhân chứng đã khai cửa mở báo động sinh viên va chạm
	nhẹ đường bị chặn cảm ơn tôi đang tới ai giữ chìa khóa tòa nhà trẻ lạc đã tìm thấy xe đạp bị mất`,
	`部隊 到着 現場 確認 中 容疑者 は 駐車場 へ 逃走 応援 お願い します 通報者 に よる と 二階 で 物音 救急車 手配 済み 異常 なし 署 に 戻り ます
	防犯 カメラ を 見て ください ナンバー 照会 目撃者 から 聞き取り ドア が 開いて いた 警報 解除 学生 事故 軽傷 レッカー 西口 了解 今 向かって
	います 鍵 は 誰 が 持って 迷子 保護 自転車 盗難 騒音`,
}

// shares are how often each vocabulary is drawn from, of 100.
var shares = [len(vocabularies)]int{72, 16, 4, 4, 4}

// rareEvery is chosen so that a thousand texts compress as a thousand real messages of the same length do (72 KB to 38).
const rareEvery = 2

// writer makes texts. It is not safe for use by several goroutines.
type writer struct {
	rand  *rand.Rand
	words [len(vocabularies)][]string
}

func newWriter(seed uint64) *writer {
	w := &writer{rand: rand.New(rand.NewPCG(seed, 0))}
	for i, v := range vocabularies {
		w.words[i] = strings.Fields(v)
	}
	return w
}

// text is a message of a usual length.
func (w *writer) text() string {
	return w.sentence(min(shortest+int(w.rand.ExpFloat64()*meanOver), longest))
}

// sentence has about n characters, never fewer than n and never a cut word.
func (w *writer) sentence(n int) string {
	words := w.words[w.language()]
	var b strings.Builder
	for count := 0; count < n; {
		word := w.word(words)
		if b.Len() > 0 {
			b.WriteByte(' ')
			count++
		}
		b.WriteString(word)
		count += len([]rune(word))
	}
	return b.String()
}

func (w *writer) word(words []string) string {
	if w.rand.IntN(rareEvery) > 0 {
		return words[w.rand.IntN(len(words))]
	}
	switch w.rand.IntN(6) {
	case 0:
		return strconv.Itoa(w.rand.IntN(10_000))
	case 1:
		return fmt.Sprintf("%02d:%02d", w.rand.IntN(24), w.rand.IntN(60))
	case 2:
		return strings.ToUpper(w.name()[:3]) + strconv.Itoa(w.rand.IntN(1000))
	}
	return w.name()
}

// name is a word that nobody has said before.
func (w *writer) name() string {
	const consonants, vowels = "bcdfghjklmnprstvwz", "aeiou"
	var b strings.Builder
	for range 2 + w.rand.IntN(3) {
		b.WriteByte(consonants[w.rand.IntN(len(consonants))])
		b.WriteByte(vowels[w.rand.IntN(len(vowels))])
	}
	return b.String()
}

// exact is a text of n bytes of ASCII, for the scenarios that fix its size.
func (w *writer) exact(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(w.words[0][w.rand.IntN(len(w.words[0]))])
		b.WriteByte(' ')
	}
	return b.String()[:n]
}

func (w *writer) language() int {
	at := w.rand.IntN(100)
	for i, share := range shares {
		if at -= share; at < 0 {
			return i
		}
	}
	return 0
}
