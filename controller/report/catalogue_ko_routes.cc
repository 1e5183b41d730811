// Korean for every key of controller/journey/keys_routes.h.
#include <array>

#include "controller/report/sentences.h"

namespace hoplab::report {
namespace {

// clang-format off
constexpr auto kKorean = std::to_array<Sentence>({
    {"route.rip", "가장 길게 일치하는 경로는 {prefix}, RIP, 메트릭 {hops}: 거치는 네트워크의 수이고 16은 무한대다 (RFC 2453, 3.4절)"},
    {"route.ripng", "가장 길게 일치하는 경로는 {prefix}, RIPng, 메트릭 {hops}: 거치는 네트워크의 수이고 16은 무한대다 (RFC 2080, 2.1절)"},
    {"route.eigrp", "가장 길게 일치하는 경로는 {prefix}, EIGRP, 대역폭과 지연으로 구한 메트릭 {metric} (RFC 7868, 5.6절)"},
    {"route.isis", "가장 길게 일치하는 경로는 {prefix}, IS-IS 레벨 2, 메트릭 {metric}: 링크 메트릭의 합 (RFC 1195)"},
    {"route.ospf_intra", "가장 길게 일치하는 경로는 {prefix}, {protocol}, 영역 {area} 안, 비용 {metric} (RFC {rfc}, {section}절)"},
    {"route.ospf_inter", "가장 길게 일치하는 경로는 {prefix}, {protocol}, 다른 영역의 경로를 경계 라우터가 영역 {area}에 알림, 비용 {metric} (RFC {rfc}, {section}절)"},
    {"route.ospf_external1", "가장 길게 일치하는 경로는 {prefix}, {protocol} 외부 유형 1: {asbr}[이/가] 들여옴, 그곳까지의 길을 더한 비용 {metric} (RFC {rfc}, {section}절)"},
    {"route.ospf_external2", "가장 길게 일치하는 경로는 {prefix}, {protocol} 외부 유형 2: {asbr}[이/가] 들여옴, 바깥 비용 {metric}, 그곳까지의 길은 세지 않음 (RFC {rfc}, {section}절)"},
    {"route.redistributed", "{asbr}[이/가] {peer}에게서 BGP로 배워 (AS 경로 {as_path}) IGP에 재분배했다"},
    {"route.next_hop_of", "비용이 같은 다음 홉 {count}개 가운데 {index}번째: 커널이 주소, 프로토콜, 포트의 해시로 이 플로에 골랐다"},
    {"ospf.designated", "{interface}[은/는] OSPF에 LAN이다: 지정 라우터는 {router}, 예비 지정 라우터는 {backup}[으로/로] 선출됨 (RFC 2328, 9.4절)"},
    {"ospf.designated6", "{interface}[은/는] OSPFv3에 LAN이다: 지정 라우터는 {router}, 예비 지정 라우터는 {backup}[으로/로] 선출됨, 둘 다 라우터 ID로 부른다 (RFC 5340, 2.11절)"},
    {"ospf.point_to_point", "{interface}[은/는] {protocol}에 점대점 링크다: 지정 라우터를 뽑지 않는다"},
    {"bgp.attributes", "로컬 선호도 {local_preference}, MED {med}, 출처 {origin}"},
    {"bgp.communities", "커뮤니티 {communities} (RFC 1997, RFC 8092)"},
    {"bgp.reflected", "경로 반사기 {peer}[이/가] 전해 주었고, 이 AS에 들여온 것은 {originator} (RFC 4456)"},
    {"best.only", "경로가 이것 하나뿐이다"},
    {"best.weight", "경로 {paths}개 가운데 이 라우터만의 가중치가 가장 높다"},
    {"best.local_preference", "경로 {paths}개 가운데 로컬 선호도가 가장 높다 (RFC 4271, 9.1.1절)"},
    {"best.local_route", "경로 {paths}개 가운데 이 라우터가 만든 것이다"},
    {"best.as_path", "경로 {paths}개 가운데 AS 경로가 가장 짧다 (RFC 4271, 9.1.2.2절 a)"},
    {"best.origin", "경로 {paths}개 가운데 출처 값이 가장 낮다 (RFC 4271, 9.1.2.2절 b)"},
    {"best.med", "경로 {paths}개 가운데 같은 이웃 AS에서 온 것 중 MED가 가장 낮다 (RFC 4271, 9.1.2.2절 c)"},
    {"best.external", "경로 {paths}개 가운데 외부 경로가 내부 경로보다 먼저다 (RFC 4271, 9.1.2.2절 d)"},
    {"best.igp_metric", "경로 {paths}개 가운데 다음 홉이 IGP로 가장 가깝다 (RFC 4271, 9.1.2.2절 e)"},
    {"best.older", "경로 {paths}개 가운데 가장 오래 알고 있던 것이다"},
    {"best.router_id", "여기까지 같은 경로 {paths}개 가운데 피어의 라우터 ID가 가장 낮다 (RFC 4271, 9.1.2.2절 f)"},
    {"best.cluster", "경로 {paths}개 가운데 경로 반사기를 가장 적게 거쳤다 (RFC 4456, 9절)"},
    {"best.neighbor", "여기까지 같은 경로 {paths}개 가운데 피어의 주소가 가장 낮다 (RFC 4271, 9.1.2.2절 g)"},
    {"best.other", "경로 {paths}개 가운데 최선: {reason}"},
    {"lost.not_valid", "쓸 수 없다: 다음 홉 {next_hop}에 닿을 수 없다"},
    {"lost.local_preference", "로컬 선호도 {own}: 최선의 경로는 {best}, 높은 쪽이 이긴다"},
    {"lost.local_route", "최선의 경로와 달리 여기서 만든 것이 아니다"},
    {"lost.as_path", "AS 경로의 길이 {own}: 최선의 경로는 {best}, 짧은 쪽이 이긴다"},
    {"lost.origin", "출처 {own}: 최선의 경로는 {best}, 더 낮다"},
    {"lost.med", "MED {own}: 최선의 경로는 {best}, 낮은 쪽이 이긴다"},
    {"lost.internal", "AS 안에서 배웠다: 최선의 경로는 바깥에서 왔다"},
    {"lost.igp_metric", "다음 홉까지 IGP로 {own}: 최선의 경로는 {best}"},
    {"lost.tie", "따지는 것이 모두 같다: 나이, 라우터 ID 또는 피어의 주소로 정해졌다"},
    {"best.multipath", "최선의 경로와 똑같이 좋아서 함께 쓴다"},
    {"table.distance", "관리 거리 {distance}"},
    {"table.not_chosen", "쓰지 않는다: {protocol}의 거리는 {distance}, {winner}의 거리는 {winner_distance}, 작은 쪽이 이긴다"},
    {"table.longest", "{address}[과/와] {length}비트가 일치한다: 가장 길게 일치하는 경로가 이긴다"},
});
// clang-format on

}  // namespace

std::span<const Sentence> korean_route_sentences() { return kKorean; }

}  // namespace hoplab::report
