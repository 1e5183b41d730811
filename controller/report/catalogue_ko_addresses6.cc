// Korean for every key of controller/journey/keys_addresses6.h.
#include <array>

#include "controller/report/sentences.h"

namespace hoplab::report {
namespace {

// clang-format off
constexpr auto kKorean = std::to_array<Sentence>({
    {"trip.dad", "{address}[을/를] 이미 쓰는 노드가 있는지 ::에서 보내는 이웃 요청"},
    {"trip.router_solicitation", "라우터 요청: {sender}[이/가] 모든 라우터(ff02::2)에 묻는다"},
    {"trip.router_advertisement", "라우터 광고: {router}[이/가] {prefixes}[을/를] 알린다"},
    {"trip.dhcpv6", "{duid}의 DHCPv6 {message}"},

    {"exchange.dad", "{client}[이/가] {address}[을/를] 이미 쓰는 노드가 있는지 묻는다"},
    {"exchange.router_advertisement", "{client}[이/가] 라우터를 찾고, {router}[이/가] 대답한다"},
    {"exchange.no_router", "{client}[이/가] 라우터를 찾지만 아무도 대답하지 않는다"},
    {"exchange.dhcpv6", "{client}[이/가] DHCPv6로 {server}에게서 {address}[을/를] 받는다"},
    {"exchange.dhcpv6_failed", "{client}[이/가] DHCPv6로 주소를 청했으나 받지 못했다"},
    {"exchange.dhcpv6_renewal", "{client}[이/가] {server}에게 {address}[을/를] 갱신한다 (DHCPv6)"},
    {"exchange.dhcpv6_rebinding", "{client}[이/가] 아무 DHCPv6 서버에게나 {address}[을/를] 계속 써도 되는지 묻는다"},
    {"exchange.dhcpv6_confirm", "{client}[이/가] {address}[이/가] 이 링크에 아직 맞는지 묻는다 (DHCPv6)"},
    {"exchange.dhcpv6_release", "{client}[이/가] {address}[을/를] 반납한다 (DHCPv6)"},
    {"exchange.dhcpv6_decline", "{client}[이/가] 다른 호스트가 가진 {address}[을/를] 거절한다 (DHCPv6)"},
    {"exchange.dhcpv6_other", "{client}: DHCPv6 {message}"},

    {"gateway.kept", "전달하며 {address}[은/는] 그대로다: IPv6에는 NAT가 없고, 호스트마다 제 주소가 있다"},
    {"filter.begun", "연결 추적이 {source} → {destination}[을/를] 이제부터 기억한다: 대답은 들어올 수 있다 (상태 NEW)"},
    {"filter.established", "연결 추적이 아는 연결이다 (상태 ESTABLISHED): {chain}의 방화벽 규칙 {handle}[이/가] 통과시킨다: {rule}"},
    {"filter.related", "연결 추적이 아는 연결에 대한 오류다 (상태 RELATED): {chain}의 방화벽 규칙 {handle}[이/가] 통과시킨다: {rule}"},
    {"filter.passed", "아는 연결이든 아니든 {chain}의 방화벽 규칙 {handle}[이/가] 통과시킨다: {rule}"},
    {"filter.stranger", "연결 추적은 {source}[와/과] {destination} 사이의 연결을 모른다 (상태 NEW). 밖에서 시작하는 연결은 들이지 않는다 (RFC 6092, 3절)"},

    {"cause.lost_site", "{node}에 {prefix}[으로/로] 가는 경로가 없다. {gateway} 뒤의 사이트에 위임된 프리픽스라 그리로 가는 패킷은 길을 찾지 못한다"},
    {"evidence.lost_site", "라우팅 표에 {via}[을/를] 거치는 {prefix}[이/가] 없다"},

    {"fact.dad_sent", "{address}[은/는] 아직 쓸 수 없으므로 ::에서 {group}[으로/로] 보낸다: 주소 끝이 같은 노드들의 그룹이다 (RFC 4862, 5.4.2절)"},
    {"fact.dad_free", "아무도 대답하지 않는다: {address}[은/는] 비어 있으므로 써도 된다"},
    {"fact.dad_taken", "{node}({mac})[이/가] 대답한다: {address}[을/를] 이미 가지고 있으므로 쓸 수 없다 (RFC 4862, 5.4.5절)"},
    {"fact.eui64", "{address}의 끝 64비트는 MAC {mac}의 가운데에 ff:fe를 넣고 일곱 번째 비트를 뒤집은 것이다 (수정 EUI-64, RFC 4291, 부록 A)"},
    {"fact.router_asked", "{client}[은/는] 다음 광고를 기다리지 않고 모든 라우터(ff02::2)에 바로 묻는다 (RFC 4861, 6.3.7절)"},
    {"fact.router_silent", "{tries}번 물었으나 대답한 라우터가 없다"},
    {"fact.router_waited", "{client}[은/는] 처음 묻고 {time} 뒤에 라우터 없이 계속했다"},
    {"fact.ra_way_out", "{router}[은/는] {seconds}초 동안 나가는 길이다: 기본 경로는 {address}[으로/로] 간다 (RFC 4861, 6.3.4절)"},
    {"fact.ra_no_way_out", "{router}[은/는] 나가는 길이 아니다: 라우터 수명 0 (RFC 4861, 6.3.4절)"},
    {"fact.ra_prefix_autonomous", "프리픽스 {prefix}: 이 링크에 있고 (L 플래그) 호스트가 이것으로 주소를 만들어도 된다 (A 플래그), {valid}초 동안 유효, {preferred}초 동안 우선 (RFC 4861, 4.6.2절)"},
    {"fact.ra_prefix_managed", "프리픽스 {prefix}: 이 링크에 있으나 (L 플래그) 이것으로 주소를 만들지 않는다 (A 플래그 없음), {valid}초 동안 유효, {preferred}초 동안 우선 (RFC 4861, 4.6.2절)"},
    {"fact.ra_managed", "M 플래그: 여기서는 주소를 관리한다, DHCPv6가 준다 (RFC 4861, 4.2절)"},
    {"fact.ra_other", "O 플래그: 다른 설정은 DHCPv6로 얻는다 (RFC 4861, 4.2절)"},
    {"fact.ra_name_servers", "네임 서버 {servers}, {seconds}초 동안 (RDNSS, RFC 8106, 5.1절)"},
    {"fact.ra_retransmission", "이웃의 대답을 {milliseconds}밀리초 기다린다: 중복 검사에 걸리는 시간이다 (RFC 4861, 6.3.4절)"},
    {"fact.slaac", "{client}[이/가] {prefix} 뒤에 자기 64비트를 붙인다: {address} (RFC 4862, 5.5.3절)"},
    {"fact.dhcpv6_group", "{client}[이/가] 링크 로컬 주소에서 링크의 모든 서버와 릴레이 ff02::1:2에 묻는다 (RFC 8415, 7.1절)"},
    {"fact.dhcpv6_duid", "{client}[은/는] 주소가 무엇이든 {duid}[으로/로] 알려져 있다 (RFC 8415, 11절)"},
    {"fact.dhcpv6_wait", "{client}[은/는] 광고를 받고 {time} 뒤에 묻는다: 함께 켜진 호스트들이 한꺼번에 묻지 않도록 첫 SOLICIT 앞에서 최대 1초를 무작위로 기다린다 (RFC 8415, 18.2.1절)"},
    {"fact.dhcpv6_suggests", "{client}[은/는] 전에 {address}[을/를] 가졌으므로 그것을 제안한다 (RFC 8415, 18.2.1절)"},
    {"fact.dhcpv6_asked_for", "청하는 옵션: {options}"},
    {"fact.dhcpv6_advertised", "{server}[이/가] {address}[을/를] 제안한다, 선호도 {preference}"},
    {"fact.dhcpv6_preference", "선호도 255: {client}[은/는] 다른 서버를 기다리지 않고 {server}[을/를] 고른다 (RFC 8415, 18.2.1절)"},
    {"fact.dhcpv6_collected", "{client}[은/는] SOLICIT {time} 뒤에 고른다: 선호도 255가 없으면 1초쯤 다른 제안도 듣는다 (RFC 8415, 18.2.1절)"},
    {"fact.dhcpv6_preferred", "{client}[이/가] {server}[을/를] 고른다: 선호도 {preference}[이/가] 가장 높다 (RFC 8415, 18.2.9절)"},
    {"fact.dhcpv6_equal", "선호도 {preference}보다 높은 제안은 없고 같은 것은 있다: {client}[은/는] 스스로 판단하여 {server}[을/를] 고른다 (RFC 8415, 18.2.9절)"},
    {"fact.dhcpv6_taken", "REQUEST는 다시 모두에게 가며 {server}[을/를] DUID {duid}[으로/로] 부른다: 다른 서버는 선택되지 않았음을 읽는다 (RFC 8415, 18.2.2절)"},
    {"fact.dhcpv6_not_taken", "{server}[은/는] {chosen}[을/를] 부르는 것을 읽고 REQUEST를 버린다 (RFC 8415, 16.4절): 제안했던 {address}[은/는] 빌려준 적이 없다"},
    {"fact.dhcpv6_mac", "DHCPv6에는 MAC 필드가 없다: {server}[은/는] {mac}[을/를] DUID {duid}에서 읽는다 (RFC 8415, 11절)"},
    {"fact.dhcpv6_remembered", "{server}[이/가] 기억한다: {address}[은/는] 이미 {duid}의 연합(IA)에 속한다 (RFC 8415, 12.1절)"},
    {"fact.dhcpv6_suggestion_free", "{server}[이/가] 보니 제안받은 {address}[은/는] 비어 있다"},
    {"fact.dhcpv6_relayed", "ff02::1:2는 {relay}에서 끝난다: 그 릴레이가 클라이언트의 메시지를 하나씩 RELAY-FORW로 싸서 {server}에 보내고, 대답을 RELAY-REPL에서 꺼낸다 (RFC 8415, 19절)"},
    {"fact.dhcpv6_relay_link", "link-address {link}[은/는] 서브넷을, peer-address {peer}[은/는] 물은 호스트를 알린다. hop-count {hops}: 앞서 거친 릴레이의 수다 (RFC 8415, 19.1절)"},
    {"fact.dhcpv6_interface_id", "interface-id {id}: {relay}[이/가] 클라이언트의 링크에 붙인 표시로, 서버는 받은 그대로 돌려보낸다 (RFC 8415, 21.18절)"},
    {"fact.dhcpv6_lease", "{server}[이/가] {address}[을/를] 빌려준다: {valid}초 동안 유효, 새 연결에는 {preferred}초"},
    {"fact.dhcpv6_timers", "T1인 {renew}초 뒤에 갱신, T2인 {rebind}초 뒤에 재바인딩 (RFC 8415, 21.4절)"},
    {"fact.dhcpv6_options", "옵션: 네임 서버 {name_servers} (23), 검색 목록 {search} (24). 프리픽스 길이와 라우터는 DHCPv6의 일이 아니라 라우터가 광고한다"},
    {"fact.dhcpv6_renewing", "T1이 지났다: {client}[이/가] DUID로 부른 {server}에게 {address}[을/를] 계속 쓰겠다고 청한다 (RFC 8415, 18.2.4절)"},
    {"fact.dhcpv6_rebinding", "대답 없이 T2가 지났다: {client}[이/가] 모든 서버에게 {address}[을/를] 계속 쓰겠다고 청한다 (RFC 8415, 18.2.5절)"},
    {"fact.dhcpv6_deprecated", "우선 수명이 끝났다: {client}[은/는] {address}[을/를] 이미 있는 연결에만 쓰고 새 연결에는 쓰지 않는다 (RFC 4862, 5.5.4절)"},
    {"fact.dhcpv6_expired", "유효 수명이 끝났다: {client}[은/는] {address}[을/를] 내놓았다 (RFC 8415, 18.2.5절)"},
    {"fact.dhcpv6_withdrawn", "{server}[은/는] {address}에 더는 시간을 주지 않는다: 0초 동안 유효 (RFC 8415, 18.2.10.1절)"},
    {"fact.dhcpv6_declined", "중복 검사에서 다른 호스트가 {address}[을/를] 가진 것이 드러났다: {client}[은/는] 그것을 쓸 수 없고 {server}에 알린다 (RFC 8415, 18.2.8절)"},
    {"fact.dhcpv6_confirm", "{client}[이/가] 자리를 비웠다가 {address}[이/가] 이 링크에 아직 맞는지 묻는다 (RFC 8415, 18.2.3절)"},
    {"fact.dhcpv6_refused", "{server}[이/가] 거절한다: {status}, \"{message}\" (RFC 8415, 21.13절)"},
    {"fact.dhcpv6_silent", "대답한 DHCPv6 서버가 없다"},

    {"ra.asked", "{sender}[이/가] 라우터를 찾는다"},
    {"ra.answers", "{interface}에 설정된 것을 질문 {wait} 뒤에 모든 노드(ff02::1)에 광고한다: 라우터는 500 ms 안에서 무작위로 기다린다 (RFC 4861, 6.2.6절)"},
    {"ra.answers_one", "{interface}에 설정된 것을 질문 {wait} 뒤에 물은 호스트에만 알린다 (RFC 4861, 6.2.6절)"},
    {"dhcpv6.asked", "{duid}의 {message}"},
    {"dhcpv6.advertised", "{address}[을/를] 제안한다: 비어 있다"},
    {"dhcpv6.lent", "{address}[을/를] {seconds}초 동안 빌려주고 적어 둔다"},
    {"dhcpv6.taken_back", "{address}[은/는] 다시 비었다"},
    {"dhcpv6.set_aside", "{address}[을/를] 당분간 아무에게도 빌려주지 않는다: 내가 모르는 호스트가 가지고 있다 (RFC 8415, 18.3.8절)"},
    {"dhcpv6.not_chosen", "REQUEST가 {duid}[을/를] 부른다: 내가 아니라 {server}의 것이다 (RFC 8415, 16.4절)"},
    {"dhcpv6.relay_hears", "링크의 모든 서버와 릴레이에 보낸 {duid}의 {message}"},
    {"dhcpv6.relay_wraps", "릴레이가 RELAY-FORW로 싼다: link-address {link}, peer-address {peer}, hop-count {hops} (RFC 8415, 19.1절)"},
    {"dhcpv6.relay_unwraps", "릴레이가 RELAY-REPL에서 {message}[을/를] 꺼내 peer-address인 {peer}[으로/로] 보낸다 (RFC 8415, 19.2절)"},

    {"cause.no_relay", "{node}[이/가] DHCPv6 메시지를 전달하지 않았다"},

    {"dad.unheard", "이 링크에서 {address}의 그룹을 듣는 노드가 없으므로 이 주소를 가진 노드도 없다: 바라던 침묵이다 (RFC 4862, 5.4절)"},

    {"source.candidates", "{client}[이/가] 출발지로 쓸 수 있는 주소: {addresses}"},
    {"source.one", "쓸 수 있는 것은 {address} 하나다 (RFC 6724, 4절)"},
    {"source.same", "{loser}보다 {winner}: 목적지와 같은 주소다 (RFC 6724, 5절, 규칙 1)"},
    {"source.scope", "{loser}보다 {winner}: 앞의 것은 범위가 목적지에 맞지 않는다 (RFC 6724, 5절, 규칙 2)"},
    {"source.deprecated", "{loser}보다 {winner}: 앞의 것은 우선 수명이 지났다 (RFC 6724, 5절, 규칙 3)"},
    {"source.interface", "{loser}보다 {winner}: 패킷이 나가는 {interface}의 주소다 (RFC 6724, 5절, 규칙 5)"},
    {"source.label", "{loser}보다 {winner}: 정책 표의 레이블이 목적지와 같고 앞의 것은 다르다 (RFC 6724, 5절, 규칙 6)"},
    {"source.longest", "{loser}보다 {winner}: 목적지와 앞에서부터 {bits}비트가 같고 앞의 것은 {other_bits}비트가 같다 (RFC 6724, 5절, 규칙 8)"},
    {"source.alike", "{loser}보다 {winner}: 모든 규칙에서 같으므로 커널이 먼저 가진 것을 쓴다"},
    {"source.chosen", "출발지 주소는 {address}"},
    {"source.bound", "출발지 주소는 {address}, 규칙대로라면 {best}: 프로그램이 정했다"},

    {"phase.address_slaac", "{address}, {router}[이/가] 광고하는 {prefix}[으로/로] 만듦"},
    {"phase.address_dhcpv6", "{address}, {seconds}초 동안 유효, {server}[이/가] 줌"},
    {"phase.address_no_router", "프리픽스를 광고한 라우터가 없다"},
});
// clang-format on

}  // namespace

std::span<const Sentence> korean_address6_sentences() { return kKorean; }

}  // namespace hoplab::report
