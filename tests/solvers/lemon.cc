// SPDX-License-Identifier: Apache-2.0
// The matching of a folder solved by LEMON's NetworkSimplex, a separate program to compare with:
// lemon DIR FAIRNESS OUT1 OUT2 OUT3 CONTINUITY prints {"objective":N,"solve_cpu_seconds":S}.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

using Graph = lemon::SmartDigraph;

static std::vector<std::vector<std::string>> rows_of(const std::string &path)
{
	std::ifstream file(path);
	std::vector<std::vector<std::string>> rows;
	std::string line;
	std::getline(file, line); // the header
	while (std::getline(file, line)) {
		std::vector<std::string> cells;
		std::stringstream stream(line);
		std::string cell;
		while (std::getline(stream, cell, ','))
			cells.push_back(cell);
		rows.push_back(cells);
	}
	return rows;
}

int main(int argc, char **argv)
{
	if (argc != 7)
		return 2;
	const std::string dir = argv[1];
	const long long fairness = atoll(argv[2]), continuity = atoll(argv[6]);
	const long long outside[4] = {0, atoll(argv[3]), atoll(argv[4]), atoll(argv[5])};
	const auto mentees = rows_of(dir + "/mentees.csv");
	const auto mentors = rows_of(dir + "/mentors.csv");
	const auto pairs = rows_of(dir + "/pairs.csv");
	std::unordered_map<std::string, size_t> mentee, mentor;
	std::vector<size_t> degree(mentors.size());
	Graph graph;
	std::vector<std::pair<Graph::Arc, long long>> costs;
	std::vector<Graph::Node> left, right;
	const auto source = graph.addNode(), sink = graph.addNode();
	for (size_t i = 0; i < mentees.size(); i++) {
		mentee[mentees[i][0]] = i;
		left.push_back(graph.addNode());
		costs.push_back({graph.addArc(source, left[i]), 0});
		costs.push_back({graph.addArc(left[i], sink), outside[atoi(mentees[i][1].c_str())]});
	}
	for (size_t j = 0; j < mentors.size(); j++) {
		mentor[mentors[j][0]] = j;
		right.push_back(graph.addNode());
	}
	for (const auto &row : pairs) {
		const size_t i = mentee[row[0]], j = mentor[row[1]];
		degree[j]++;
		costs.push_back({graph.addArc(left[i], right[j]),
		    -(atoll(row[2].c_str()) + continuity * atoll(row[3].c_str()))});
	}
	for (size_t j = 0; j < mentors.size(); j++)
		for (size_t k = 0; k < degree[j] && (long long)k < atoll(mentors[j][1].c_str()); k++)
			costs.push_back({graph.addArc(right[j], sink), fairness * (long long)k});
	Graph::ArcMap<long long> cost(graph), upper(graph, 1);
	for (const auto &one : costs)
		cost[one.first] = one.second;
	const clock_t begun = clock();
	lemon::NetworkSimplex<Graph, long long, long long> simplex(graph);
	simplex.upperMap(upper).costMap(cost).stSupply(source, sink, (long long)mentees.size());
	const auto status = simplex.run();
	const double seconds = double(clock() - begun) / CLOCKS_PER_SEC;
	if (status != simplex.OPTIMAL)
		return 1;
	printf("{\"objective\":%lld,\"solve_cpu_seconds\":%.6f}\n",
	    -simplex.totalCost<long long>(), seconds);
	return 0;
}
