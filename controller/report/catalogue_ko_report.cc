// Korean for every key of words.h.
#include <array>

#include "controller/report/sentences.h"

namespace hoplab::report {
namespace {

// clang-format off
constexpr auto kKorean = std::to_array<Sentence>({
    {"head.from", "{what} ({client}에서)"},
    {"head.nodes", "노드 {count}개"},
    {"head.packets_all", "패킷 {count}개, 빠짐없이 설명됨"},
    {"head.packets_some", "패킷 {count}개, 설명되지 않은 프레임 {frames}개"},
    {"head.packets_unsure", "패킷 {count}개, 캡처가 완전하지 않음"},
    {"head.cold", "캐시 없이"},
    {"head.exit", "종료 코드 {code}"},

    {"status.ok", "정상"},
    {"status.failed", "실패"},
    {"status.degraded", "이상 있음"},
    {"status.unknown", "알 수 없음"},
    {"status.delivered", "도착"},
    {"status.lost", "사라짐"},

    {"phase.kind.address", "주소"},
    {"phase.kind.name", "이름"},
    {"phase.kind.connection", "연결"},
    {"phase.kind.security", "보안"},
    {"phase.kind.page", "페이지"},
    {"phase.kind.close", "종료"},
    {"phase.kind.other", "기타"},
    {"row.phase.address", "{address}, 게이트웨이 {router}, 임대 {seconds}초"},
    {"row.phase.name", "{answer} ({authority}, TTL {ttl})"},
    {"row.phase.name_failed", "{rcode}"},
    {"row.phase.connection", "가는 홉 {out}, 오는 홉 {back}, 손실 {lost}; MSS {mss}"},
    {"row.phase.connection_failed", "포트 {port}: {reason}"},
    {"row.phase.page", "{status}, {bytes}바이트"},
    {"row.phase.page_failed", "{reason}"},

    {"verdict.where", "위치"},
    {"verdict.layer", "계층"},
    {"verdict.why", "원인"},
    {"verdict.evidence", "근거"},
    {"verdict.next", "다음에 볼 것"},
    {"verdict.also", "그 밖에"},
    {"verdict.link", "링크 {a} ⇄ {b}"},
    {"verdict.off_path", "이 요청은 여기를 지나지 않았다"},
    {"verdict.no_culprit", "두드러지게 의심되는 노드나 링크가 없다"},
    {"verdict.see_trip", "패킷 {trip}"},
    {"verdict.see_hop", "패킷 {trip}, 홉 {hop}"},
    {"verdict.client_error", "클라이언트의 말: {error}"},
    {"layer.physical", "물리 계층"},
    {"layer.link", "링크 계층"},
    {"layer.network", "네트워크 계층"},
    {"layer.transport", "전송 계층"},
    {"layer.name", "이름 (DNS)"},
    {"layer.security", "보안 (TLS)"},
    {"layer.application", "응용 계층"},
    {"layer.node", "노드"},
    {"faults.one", "걸려 있던 장애 1개; `hoplab fault list`로 확인할 수 있다"},
    {"faults.many", "걸려 있던 장애 {count}개; `hoplab fault list`로 확인할 수 있다"},
    {"faults.title", "걸려 있던 장애"},

    {"hops.syn", "SYN의 여정, 홉마다"},
    {"hops.trip", "{packet} — 홉마다"},
    {"hops.lost_trip", "사라진 곳: {packet} — 홉마다"},
    {"hops.made", "여기서 만들어짐"},
    {"hops.delivered", "도착"},
    {"hops.switched", "MAC을 보고 넘김"},
    {"hops.forwarded", "넘김"},
    {"hops.lost", "사라짐"},
    {"hops.unknown", "알 수 없음"},
    {"hops.ignored", "무시함"},
    {"hops.also_heard", "{nodes}도 들었지만 무시했다"},
    {"hops.on_the_wire", "선 위에서 {time}"},
    {"hops.becomes", "{layer} {field} {before} → {after}"},
    {"hops.none", "이 패킷의 프레임은 하나도 캡처되지 않았다"},
    {"hops.in", "들어옴"},
    {"hops.out", "나감"},
    {"hops.bytes", "{count}바이트"},
    {"hops.frame", "프레임 {number}"},
    {"hops.ttl", "TTL {ttl}"},
    {"hops.id", "id {id}"},

    {"exchanges.title", "모든 교환"},
    {"exchanges.packets_one", "패킷 1개"},
    {"exchanges.packets", "패킷 {count}개"},
    {"exchanges.because", "이것에 필요해서: {title}"},
    {"exchanges.more", "… 그리고 패킷 {count}개 더 (-vv로 모두 볼 수 있다)"},
    {"exchanges.again", "재전송"},
    {"exchanges.unclaimed", "어느 교환에도 속하지 않는 패킷"},

    {"complete.title", "프레임"},
    {"complete.sum", "캡처 {seen}개 = 이 여정 {explained}개 + 랩 자체의 트래픽 {background}개 + 설명되지 않음 {left}개"},
    {"complete.background", "랩 자체의 트래픽: {list}"},
    {"complete.item", "{reason} {count}개"},
    {"complete.left", "설명되지 않음: {reason} {count}개"},
    {"complete.left_at", "예를 들면 {places}"},
    {"complete.more", "… 그리고 {count}가지 더"},
    {"complete.drops", "캡처 자체가 프레임 {count}개를 놓쳤다 ({places}): 그곳의 홉은 손실이 아니라 알 수 없음이다"},
    {"complete.silent", "{nodes}[은/는] 캡처가 없다: 그 홉은 추론했거나 알 수 없다"},
    {"complete.unbalanced", "프레임 {count}개의 계산이 맞지 않는다: 제보해 주세요"},
    {"complete.none", "캡처된 것이 없다"},
});
// clang-format on

}  // namespace

std::span<const Sentence> korean_report_sentences() { return kKorean; }

}  // namespace hoplab::report
